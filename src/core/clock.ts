import { formatDuration } from './duration.ts';

/** Milliseconds since the epoch as RFC 3339 in UTC with whole seconds: `2026-11-22T04:10:54Z`. */
export function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -5)}Z`;
}

/** How a clock was changed, by so many seconds; if that was not `seen`, the clock is behind what was stored before. */
export function stepText({ seconds, seen }: { readonly seconds: number; readonly seen: boolean }): string {
  const span = spanText(seconds);
  if (!seen)
    return `data stored before the start is ${span} ahead: the clock was set back, or another machine's is ahead`;
  return seconds < 0 ? `set back by ${span}` : `set forward by ${span}, or the machine slept`;
}

/** `5m ahead of`, `5m behind`: one clock compared with another, given the difference in seconds. */
export function differenceText(seconds: number): string {
  return seconds < 0 ? `${spanText(seconds)} behind` : `${spanText(seconds)} ahead of`;
}

function spanText(seconds: number): string {
  return formatDuration(Math.round(Math.abs(seconds)) * 1000);
}
