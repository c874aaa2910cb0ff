/**
 * Stored times, read by a clock that may have been set back since.
 *
 * A clock that was ahead has stored times in the future, and whatever depends on them would stand still for as long as
 * the clock was ahead. So each stored time is limited to what is possible: a past event is not later than now, and a
 * future one is no further ahead than it can have been set. Times are milliseconds since the epoch.
 */

/**
 * How far the clocks of processes that share a store may differ without being considered wrong. What one stores may be
 * this far ahead of another's now.
 */
export const mostSkewMs = 600_000;

/**
 * How far ahead the next event of a series every `intervalMs` may be without being considered wrong. So at most one is
 * missed, whatever the clocks do.
 */
export function toleratedAheadMs(intervalMs: number): number {
  return Math.min(intervalMs, mostSkewMs);
}

/** More than rounding, or the difference of two synchronized clocks. */
const jitterMs = 1_000;

/** A past event, not later than now. */
export function notLater(at: number, now: number): number {
  return Math.min(at, now);
}

/**
 * Whether a moment has come that was set at most `longestMs` ahead. A moment further ahead counts as come: limiting it
 * relative to now would postpone it for as long as the clock was ahead.
 */
export function hasCome(dueAt: number, now: number, longestMs: number): boolean {
  return dueAt <= now || dueAt > now + longestMs;
}

/**
 * When a wait that began at `since` ends. If it seems to begin in the future it is over, because its start is unknown: better
 * early than late. But a clock that is minutes ahead must not end a wait of a week, which it changes by less than a hundredth.
 */
export function endOfWait(since: number, waitMs: number, now: number): number {
  const aheadMs = Math.max(jitterMs, Math.min(mostSkewMs, waitMs / 100));
  return since > now + aheadMs ? now : since + waitMs;
}

/** Whether what was noted at `at` is younger than `maxAgeMs`. A note from the future does not count. */
export function isRecent(at: number, now: number, maxAgeMs: number): boolean {
  return at <= now && now - at < maxAgeMs;
}

/** A span from `begunAt` to `endsAt`, such as a mute or the lifetime of a token. */
export interface Span {
  readonly begunAt: number;
  readonly endsAt: number;
}

/** The intended span: one that begins further ahead than clocks may differ begins now. The same object if unchanged. */
export function asMeant(span: Span, now: number): Span {
  const aheadMs = span.begunAt - now;
  return aheadMs <= mostSkewMs ? span : { begunAt: now, endsAt: span.endsAt - aheadMs };
}
