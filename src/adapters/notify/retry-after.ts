/** A service can't silence a channel for longer. */
const longestMs = 3_600_000;

/** The pause that a Retry-After field asks for (RFC 9110, section 10.2.3), in milliseconds; undefined: none. */
export function retryAfterOf(field: string | undefined, now: number): number | undefined {
  const text = field?.trim() ?? '';
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, longestMs) : undefined;
}
