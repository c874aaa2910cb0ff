/**
 * Reads adoption counts from the access log of a CDN or a web server: nginx's and Apache's combined form, JSON lines,
 * CloudFront's and other tables. A line counts if it asks for the channel with `?v=`, and has a time.
 */
import { countedVersion, utcDay } from './adoption.ts';

export interface LoggedInstall {
  /** UTC. */
  readonly day: string;
  readonly version: number;
}

/** A line of a log is shorter; a longer one is not read. */
export const mostLineCharacters = 16_384;

/** null: the line is about something else, or its time can't be read. `published`: the newest version. */
export function readLogLine(line: string, channel: string, published: number): LoggedInstall | null {
  const at = line.length > mostLineCharacters ? -1 : line.indexOf(`/c/${channel}`);
  if (at === -1) return null;
  // Right behind the path, or in a column or member of its own.
  const [, text = ''] = /(?:\?|&|[\t" =])v=(\d{1,16})(?![\w.])/.exec(line.slice(at)) ?? [];
  const version = countedVersion(text, published);
  const time = timeOf(line);
  return version === null || time === null ? null : { day: utcDay(time), version };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const common = /(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)/;
/** Without an offset it is UTC, as CDNs write it. */
const iso = /(\d{4}-\d\d-\d\d)[T \t](\d\d:\d\d:\d\d)(?:[.,]\d+)?(Z|[+-]\d\d:?\d\d)?/;

function timeOf(line: string): number | null {
  const [, day, month = '', year, clock, hours, minutes] = common.exec(line) ?? [];
  if (day !== undefined) {
    const number = String(months.indexOf(month) + 1).padStart(2, '0');
    return finite(Date.parse(`${year}-${number}-${day}T${clock}${hours}:${minutes}`));
  }
  const [, date, time, offset = 'Z'] = iso.exec(line) ?? [];
  if (date === undefined) return null;
  const zone = /^[+-]\d{4}$/.test(offset) ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset;
  return finite(Date.parse(`${date}T${time}${zone}`));
}

function finite(time: number): number | null {
  return Number.isFinite(time) ? time : null;
}
