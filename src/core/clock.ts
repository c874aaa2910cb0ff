import { formatDuration } from './duration.ts';

/** Milliseconds since the epoch as RFC 3339 in UTC with whole seconds: `2026-11-22T04:10:54Z`. */
export function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -5)}Z`;
}

/** What became of a clock that was set by so many seconds; or that is behind what was stored before, where it was not `seen`. */
export function stepText({ seconds, seen }: { readonly seconds: number; readonly seen: boolean }): string {
  const span = spanText(seconds);
  if (!seen)
    return `what was stored before the start is ${span} ahead: it was set back, or another's is ahead`;
  return `set ${seconds < 0 ? 'back' : 'forward'} by ${span}`;
}

/** `5m ahead of`, `5m behind`: a clock and another one that it differs from by so many seconds. */
export function differenceText(seconds: number): string {
  return seconds < 0 ? `${spanText(seconds)} behind` : `${spanText(seconds)} ahead of`;
}

function spanText(seconds: number): string {
  return formatDuration(Math.round(Math.abs(seconds)) * 1000);
}
