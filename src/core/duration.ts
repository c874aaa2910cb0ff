import { type Parsed, parsed, refused } from './parsed.ts';
import { quote } from './quote.ts';

export const durationExpected = 'a duration such as 500ms, 10s, 15m or 1h30m';

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** Milliseconds of `500ms`, `10s`, `15m`, `24h`, `14d`, or several of them, the largest first: `1h30m`. */
export function parseDuration(text: string): Parsed<number> {
  const trimmed = text.trim();
  const found = `expected ${durationExpected}, found ${quote(trimmed)}`;
  if (/^\d+$/.test(trimmed)) return refused(`${found}: the unit is missing (ms, s, m, h or d)`);
  const parts = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(trimmed);
  if (parts === null || trimmed === '') return refused(found);
  let total = 0;
  for (const [index, [, milliseconds]] of units.entries()) {
    total += Number(parts[index + 1] ?? 0) * milliseconds;
  }
  return Number.isSafeInteger(total) ? parsed(total) : refused(`${found}: it is too long`);
}

/** `1.5 s`, for people, rounded to tenths. */
export function secondsText(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`;
}

/** The shortest text that `parseDuration` reads back as the same time: `1h30m`, `0s`. Whole milliseconds, not negative. */
export function formatDuration(milliseconds: number): string {
  let left = milliseconds;
  let text = '';
  for (const [unit, size] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0s' : text;
}
