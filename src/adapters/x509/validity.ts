import { DecodeProblem, type Element, tags } from './der.ts';

// Two digits each, seconds and Z included: the only forms that RFC 5280 section 4.1.2.5 and OpenSSL accept.
const UTC_TIME = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;
const GENERALIZED_TIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;

/** A UTCTime or GeneralizedTime in milliseconds since the epoch. Throws DecodeProblem if it is not a date. */
export function readTime(der: Uint8Array, element: Element, what: string): number {
  const isUtc = element.tag === tags.utcTime;
  if (!isUtc && element.tag !== tags.generalizedTime) {
    throw new DecodeProblem(
      `${what}: expected UTCTime or GeneralizedTime, found tag 0x${element.tag.toString(16)}`,
    );
  }
  // The longer form has 15 octets; one more shows that it is too long.
  const octets = der.subarray(element.content, Math.min(element.end, element.content + 16));
  const fields = (isUtc ? UTC_TIME : GENERALIZED_TIME).exec(String.fromCharCode(...octets));
  if (fields === null) {
    throw new DecodeProblem(`${what}: expected ${isUtc ? 'YYMMDDHHMMSSZ' : 'YYYYMMDDHHMMSSZ'}`);
  }
  const [years = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields.slice(1).map(Number);
  // RFC 5280, section 4.1.2.5.1: 50 to 99 are in the last century.
  const year = isUtc ? years + (years >= 50 ? 1900 : 2000) : years;
  const date = new Date(0);
  // Unlike Date.UTC it takes the years 0 to 99 as they are.
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  // A field out of range carries over into the next one, so the result differs.
  const isDate =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  if (!isDate) throw new DecodeProblem(`${what}: ${fields[0]} is not a date`);
  return date.getTime();
}
