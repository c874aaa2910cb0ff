/**
 * Times that were stored, read by a clock that may have been set back since.
 *
 * A clock that was ahead has stored times that are still to come, and whatever goes by them would stand still for as
 * long as it was ahead. So each stored time is believed no further than it can be right: what has been is not later
 * than now, and what is to come is no further ahead than it can have been set. Times are milliseconds since the epoch.
 */

/**
 * How far the clocks of processes that share a store may differ without being taken for wrong. What one of them stores
 * may lie ahead of another's now by so much.
 */
export const mostSkewMs = 600_000;

/**
 * How far ahead of its due time the next of what comes every `intervalMs` may be without being taken for wrong: at most one
 * is missed then, whatever the clocks are.
 */
export function toleratedAheadMs(intervalMs: number): number {
  return Math.min(intervalMs, mostSkewMs);
}

/** Later than this is no rounding, and no two clocks that are kept right. */
const jitterMs = 1_000;

/** A moment that has been. */
export function notLater(at: number, now: number): number {
  return Math.min(at, now);
}

/**
 * Whether a moment has come that was set at most `longestMs` ahead. One that is further ahead has come: to bound it by now
 * would push it along for as long as the clock was ahead.
 */
export function hasCome(dueAt: number, now: number, longestMs: number): boolean {
  return dueAt <= now || dueAt > now + longestMs;
}

/** When a wait ends that began at `since`. One that has not begun yet is over: nobody knows when it did begin. */
export function endOfWait(since: number, waitMs: number, now: number): number {
  return since > now + jitterMs ? now : since + waitMs;
}

/** Whether what was noted at `at` is younger than `maxAgeMs`. What was noted later than now is forgotten. */
export function isRecent(at: number, now: number, maxAgeMs: number): boolean {
  return at <= now && now - at < maxAgeMs;
}

/** A span of time that was begun at `begunAt` and lasts until `endsAt`, such as a mute or the life of a token. */
export interface Span {
  readonly begunAt: number;
  readonly endsAt: number;
}

/** The span as it was meant: one that begins later than any clock can say was begun now. The same object if it is right. */
export function asMeant(span: Span, now: number): Span {
  const aheadMs = span.begunAt - now;
  return aheadMs <= mostSkewMs ? span : { begunAt: now, endsAt: span.endsAt - aheadMs };
}
