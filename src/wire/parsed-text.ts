/** Strings in requests that are read by the core's parsers. */
import { z } from 'zod';
import { formatDuration, parseDuration } from '../core/duration.ts';
import type { Parsed } from '../core/parsed.ts';
import { parsePin } from '../core/pin.ts';
import { quote } from '../core/quote.ts';

/** The parser's problem becomes the error message, its value the result. */
export function parsedBy<T>(parse: (text: string) => Parsed<T>, maxLength: number, example: string) {
  return z
    .string()
    .max(maxLength)
    .meta({ example })
    .transform((text, context): T => {
      const result = parse(text);
      if (result.ok) return result.value;
      context.addIssue({ code: 'custom', message: result.problem });
      return z.NEVER;
    });
}

export const pin = parsedBy(parsePin, 200, 'sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=');

/** A duration, in milliseconds, from the least to the most. */
export function duration([least, most]: readonly [number, number], example: string) {
  return parsedBy(
    (text): Parsed<number> => {
      const read = parseDuration(text);
      if (!read.ok || (read.value >= least && read.value <= most)) return read;
      const problem = `expected ${formatDuration(least)} to ${formatDuration(most)}, found ${quote(text)}`;
      return { ok: false, problem };
    },
    30,
    example,
  ).describe(`A duration from ${formatDuration(least)} to ${formatDuration(most)}.`);
}

/** Text for people, perhaps on a terminal: nothing in it may move the cursor or forge a log line. */
export function printable(shortest: number, longest: number) {
  const expected =
    'expected letters, digits, punctuation and spaces, without line ends or control characters';
  return z
    .string()
    .min(shortest)
    .max(longest)
    .regex(/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u, expected);
}

export const note = printable(0, 1_000);
