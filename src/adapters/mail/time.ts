/** `2026-11-22T04:10:54Z` in a readable form; anything else unchanged. */
export function readable(rfc3339: string): string {
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(rfc3339);
  return parts ? `${parts[1]} ${parts[2]} UTC` : rfc3339;
}

/** The two largest units: `2 days 3 h`, `45 min`, `30 s`. Negative spans count as zero. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (!Number.isFinite(seconds)) return 'an unknown time';
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return `${days} day${days === 1 ? '' : 's'}${hours > 0 ? ` ${hours} h` : ''}`;
  if (hours > 0) return `${hours} h${minutes > 0 ? ` ${minutes} min` : ''}`;
  return minutes > 0 ? `${minutes} min` : `${seconds} s`;
}

/** The time left until an expiry. Days are rounded down, because it is a deadline. */
export function distance(rfc3339: string, now: number): string {
  const ms = Date.parse(rfc3339) - now;
  if (Number.isNaN(ms)) return 'unknown';
  if (ms < 0) return `expired ${span(-ms)} ago`;
  const days = Math.floor(ms / 86_400_000);
  return days >= 2 ? `${days} days left` : `${span(ms)} left`;
}
