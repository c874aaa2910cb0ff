/**
 * Which versions of a signed configuration installed apps hold: the first fetch of an app on each UTC day says which one it
 * has (`?v=41`). Counts only: no address and no id. Anybody can forge them, so they are advice and never decide anything.
 */
export interface DayCounts {
  /** UTC, `2026-11-27`. */
  readonly day: string;
  /** Installs by version, from the newest. */
  readonly versions: readonly VersionCount[];
}

export interface VersionCount {
  readonly version: number;
  readonly installs: number;
}

/** Days that are kept: more than the life of a version in the field. */
export const daysKept = 35;

/** Below the newest so many, versions are counted together, as the oldest of them. */
export const versionsApart = 100;

const dayMs = 86_400_000;

export function utcDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The last days, from today. */
export function lastDays(now: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => utcDay(now - index * dayMs));
}

/**
 * The version that an install is counted under; null: none, because no app can hold it. `served`: the newest. One more is
 * taken, as another server may be ahead by a moment.
 */
export function countedVersion(text: string, served: number): number | null {
  if (!/^[1-9]\d{0,15}$/.test(text)) return null;
  const version = Number(text);
  if (version > served + 1) return null;
  return Math.max(version, served - versionsApart, 1);
}

export function installsOf({ versions }: Pick<DayCounts, 'versions'>): number {
  return versions.reduce((sum, { installs }) => sum + installs, 0);
}

/** The counts of one day in order, from numbers by version. */
export function dayCounts(
  day: string,
  counts: Iterable<readonly [version: number, installs: number]>,
): DayCounts {
  const versions = [...counts]
    .filter(([version, installs]) => Number.isSafeInteger(version) && installs > 0)
    .map(([version, installs]) => ({ version, installs }))
    .sort((a, b) => b.version - a.version);
  return { day, versions };
}

/** The last day that is over and has counts; null: none. `days`: newest first. */
export function lastWholeDay(days: readonly DayCounts[], now: number): DayCounts | null {
  return days.find((counts) => counts.day < utcDay(now) && counts.versions.length > 0) ?? null;
}

/** A week, so that an app that is opened only on weekends is counted. */
export const quietDays = 7;

/** Whether no install has told of a version for a week in which others did on each day. `days`: newest first. */
export function isUnheld(version: number, days: readonly DayCounts[], now: number): boolean {
  const week = lastDays(now, quietDays + 1).slice(1);
  return week.every((day) => {
    const found = days.find((counts) => counts.day === day);
    return (
      found !== undefined && installsOf(found) > 0 && !found.versions.some((one) => one.version === version)
    );
  });
}
