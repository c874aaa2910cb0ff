/** Milliseconds since the epoch as RFC 3339 in UTC with whole seconds: `2026-11-22T04:10:54Z`. */
export function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -5)}Z`;
}
