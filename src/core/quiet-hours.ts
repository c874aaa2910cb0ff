/** Hours of each day in which a channel is not sent warnings. They wait until the hours end. */
import { type Parsed, parsed, refused } from './parsed.ts';
import { quote } from './quote.ts';

/** Minutes since midnight in `timeZone`; `to` may be on the next day, and differs from `from`. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
  /** A name of the IANA time zone database. */
  readonly timeZone: string;
}

const minuteMs = 60_000;
const dayMinutes = 1_440;

export const timeOfDayExpected = 'a time of day such as "22:00", in quotes';
export const timeZoneExpected = 'a time zone such as Europe/Berlin or UTC';

/** `HH:MM`, in minutes since midnight. */
export function parseTimeOfDay(text: string): Parsed<number> {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hours === undefined
    ? refused(`expected ${timeOfDayExpected}, found ${quote(text)}`)
    : parsed(Number(hours) * 60 + Number(minutes));
}

/** As `parseTimeOfDay` reads it. */
export function timeOfDay(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

export function parseTimeZone(text: string): Parsed<string> {
  // Offsets such as +02:00 would be wrong for half of the year.
  const isKnown = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(text) && formatOf(text) !== null;
  return isKnown ? parsed(text) : refused(`expected ${timeZoneExpected}, found ${quote(text)}`);
}

/** How long the hours still last at `now`, in milliseconds; 0: they don't apply now. */
export function quietForMs({ from, to, timeZone }: QuietHours, now: number): number {
  const time = formatOf(timeZone)?.format(new Date(now)) ?? '';
  const read = parseTimeOfDay(time);
  // This process does not know the zone: telling at night is better than never.
  if (!read.ok) return 0;
  const sinceStart = (read.value - from + dayMinutes) % dayMinutes;
  const length = (to - from + dayMinutes) % dayMinutes;
  return sinceStart < length ? (length - sinceStart) * minuteMs - (now % minuteMs) : 0;
}

function formatOf(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  } catch {
    return null;
  }
}
