/**
 * Which notices go into one letter, and when: the pace of mail for one account.
 *
 * A transition stores its notice in the account's outbox. The first one waits `groupWait` for others; then all of them
 * go into one letter, including recoveries, and the next letter is not made before `groupInterval` has passed. Only
 * critical notices don't wait after a letter that had only recoveries, because that one woke no one. Notices of the
 * weekly kind wait until `backupPinEvery`, or `digestEvery` if that is shorter, has passed since the last letter with one. A letter that no contact has
 * received delays nothing: new notices join it, and it is retried at once.
 */

import { weeklyEveryMs } from './digest.ts';
import type { Notice } from './notice.ts';
import type { NotifySettings } from './settings.ts';
import { endOfWait } from './stored-time.ts';

/** The pace so far. Milliseconds since the epoch; 0 if none. */
export interface Pace {
  /** When the oldest notice that is waiting for a letter was stored. */
  readonly waitingSince: number;
  /** The same for notices of the weekly kind. */
  readonly weeklyWaitingSince: number;
  /** The same for ordinary notices other than recoveries. */
  readonly alarmSince: number;
  /** The same for those of them that are critical. */
  readonly criticalSince: number;
  readonly lastLetterAt: number;
  /** The last letter with an ordinary notice other than a recovery. */
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

export function isWeekly(kind: Notice['kind']): boolean {
  return kind === 'no_backup_pin' || kind === 'signing_key_old' || kind === 'digest';
}

/** The times that a notice of this transition sets, if they are not set yet. */
export function waitsAs({
  kind,
  transition,
  severity,
}: Pick<Notice, 'kind' | 'transition' | 'severity'>): (keyof Pace)[] {
  if (isWeekly(kind)) return ['weeklyWaitingSince'];
  if (transition === 'closed') return ['waitingSince'];
  return severity === 'critical'
    ? ['waitingSince', 'alarmSince', 'criticalSince']
    : ['waitingSince', 'alarmSince'];
}

/** When the next letter is due, and whether it includes the weekly notices; null if nothing is waiting. */
export function nextLetter(
  pace: Pace,
  rules: NotifySettings,
  now: number,
): { dueAt: number; weekly: boolean } | null {
  const { waitingSince, criticalSince, weeklyWaitingSince, lastLetterAt, lastAlarmAt, lastWeeklyAt } = pace;
  const { groupWaitMs, groupIntervalMs } = rules;
  const dueAt = (since: number, ...notBefore: readonly number[]) =>
    since === 0 ? null : Math.max(endOfWait(since, groupWaitMs, now), ...notBefore);
  const afterLetter = endOfWait(lastLetterAt, groupIntervalMs, now);
  const afterWeekly = lastWeeklyAt === 0 ? 0 : endOfWait(lastWeeklyAt, weeklyEveryMs(rules), now);
  const weekly = dueAt(weeklyWaitingSince, afterLetter, afterWeekly);
  const ordinary = dueAt(waitingSince, afterLetter);
  if (ordinary === null) return weekly === null ? null : { dueAt: weekly, weekly: true };
  const critical = dueAt(criticalSince, endOfWait(lastAlarmAt, groupIntervalMs, now));
  const first = Math.min(ordinary, critical ?? ordinary);
  return { dueAt: first, weekly: weekly !== null && weekly <= first };
}
