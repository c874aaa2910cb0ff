/**
 * Which notices travel in one letter, and when: the pace of mail for one account.
 *
 * A transition stores its notice in the account's outbox. The first one waits `groupWait` for company; then everything
 * there goes into one letter, recoveries included, and the next letter is not cut before `groupInterval` has passed.
 * Notices of the weekly kind wait until `backupPinEvery` has passed since the last letter that had one.
 * While nobody has got the letter before (an SMTP outage), the next one is not cut: what happens meanwhile joins it.
 */
import type { IncidentKind } from './condition.ts';
import type { NotifySettings } from './settings.ts';

/** The pace so far. Milliseconds since the epoch; 0 for none. */
export interface Pace {
  /** When the oldest notice came that waits for a letter. */
  readonly waitingSince: number;
  /** The same for notices of the weekly kind. */
  readonly weeklyWaitingSince: number;
  readonly lastLetterAt: number;
  readonly lastWeeklyAt: number;
}

export function isWeekly(kind: IncidentKind): boolean {
  return kind === 'no_backup_pin';
}

/** When the next letter is due, and whether the weekly notices travel with it; null if nothing waits. */
export function nextLetter(pace: Pace, rules: NotifySettings): { dueAt: number; weekly: boolean } | null {
  const weekly = dueAt(pace.weeklyWaitingSince, pace, rules, pace.lastWeeklyAt + rules.backupPinEveryMs);
  const ordinary = dueAt(pace.waitingSince, pace, rules, 0);
  if (ordinary === null) return weekly === null ? null : { dueAt: weekly, weekly: true };
  return { dueAt: ordinary, weekly: weekly !== null && weekly <= ordinary };
}

function dueAt(since: number, pace: Pace, rules: NotifySettings, notBefore: number): number | null {
  if (since === 0) return null;
  const paced = pace.lastLetterAt === 0 ? 0 : pace.lastLetterAt + rules.groupIntervalMs;
  return Math.max(since + rules.groupWaitMs, paced, pace.lastWeeklyAt === 0 ? 0 : notBefore);
}

/** Pause before a letter is tried again (exponential, 2 s to 5 min): soon after a hiccup, patient in an outage. */
export function retryAfterMs(attempts: number): number {
  return Math.min(2_000 * 2 ** Math.max(0, attempts - 1), 300_000);
}

/** RFC 5321, section 4.5.4.1: give up no sooner than after 4 to 5 days. */
export const giveUpAfterMs = 5 * 86_400_000;
