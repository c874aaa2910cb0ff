/**
 * Which notices travel in one letter, and when: the pace of mail for one account.
 *
 * A transition stores its notice in the account's outbox. The first one waits `groupWait` for company; then everything
 * there goes into one letter, recoveries included, and the next letter is not cut before `groupInterval` has passed.
 * Only what is critical does not wait behind a letter that had recoveries alone: that one woke nobody.
 * Notices of the weekly kind wait until `backupPinEvery` has passed since the last letter that had one.
 * A letter that nobody has got holds nothing up: what happens meanwhile joins it, and it is tried again at once.
 */

import type { IncidentKind } from './condition.ts';
import type { Transition } from './incident.ts';
import type { NotifySettings } from './settings.ts';
import { endOfWait } from './stored-time.ts';

/** The pace so far. Milliseconds since the epoch; 0 for none. */
export interface Pace {
  /** When the oldest notice came that waits for a letter. */
  readonly waitingSince: number;
  /** The same for notices of the weekly kind. */
  readonly weeklyWaitingSince: number;
  /** The same for ordinary notices that are no recoveries. */
  readonly alarmSince: number;
  /** The same for those of them that are critical. */
  readonly criticalSince: number;
  readonly lastLetterAt: number;
  /** The last letter with an ordinary notice that was no recovery. */
  readonly lastAlarmAt: number;
  readonly lastWeeklyAt: number;
}

/** What the store keeps of the pace, by name. */
export const paceFields = [
  'waitingSince',
  'weeklyWaitingSince',
  'alarmSince',
  'criticalSince',
  'lastLetterAt',
  'lastAlarmAt',
  'lastWeeklyAt',
] as const satisfies readonly (keyof Pace)[];

export function isWeekly(kind: IncidentKind): boolean {
  return kind === 'no_backup_pin';
}

/** What a notice of this transition waits as: the times that it sets if nothing has before. */
export function waitsAs({
  kind,
  transition,
  severity,
}: Pick<Transition, 'kind' | 'transition' | 'severity'>): (keyof Pace)[] {
  if (isWeekly(kind)) return ['weeklyWaitingSince'];
  if (transition === 'closed') return ['waitingSince'];
  return severity === 'critical'
    ? ['waitingSince', 'alarmSince', 'criticalSince']
    : ['waitingSince', 'alarmSince'];
}

/** When the next letter is due, and whether the weekly notices travel with it; null if nothing waits. */
export function nextLetter(
  pace: Pace,
  rules: NotifySettings,
  now: number,
): { dueAt: number; weekly: boolean } | null {
  const { waitingSince, criticalSince, weeklyWaitingSince, lastLetterAt, lastAlarmAt, lastWeeklyAt } = pace;
  const { groupWaitMs, groupIntervalMs, backupPinEveryMs } = rules;
  const dueAt = (since: number, ...notBefore: readonly number[]) =>
    since === 0 ? null : Math.max(endOfWait(since, groupWaitMs, now), ...notBefore);
  const afterLetter = endOfWait(lastLetterAt, groupIntervalMs, now);
  const afterWeekly = lastWeeklyAt === 0 ? 0 : endOfWait(lastWeeklyAt, backupPinEveryMs, now);
  const weekly = dueAt(weeklyWaitingSince, afterLetter, afterWeekly);
  const ordinary = dueAt(waitingSince, afterLetter);
  if (ordinary === null) return weekly === null ? null : { dueAt: weekly, weekly: true };
  const critical = dueAt(criticalSince, endOfWait(lastAlarmAt, groupIntervalMs, now));
  const first = Math.min(ordinary, critical ?? ordinary);
  return { dueAt: first, weekly: weekly !== null && weekly <= first };
}
