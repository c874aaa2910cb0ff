/**
 * A region: where workers probe from, as their configuration names it. With several of them, what each sees is an
 * endpoint of its own; with one, nothing carries a region.
 */
import { type Parsed, parsed, refused } from './parsed.ts';
import { quote } from './quote.ts';

/** Of workers that name none. */
export const defaultRegion = 'default';

/** Regions that one installation is watched from at a time. */
export const mostRegions = 32;

export const regionExpected = '1 to 40 letters, digits, or "-", "_", "." or a space between them';

/** It is a part of a queue's name, of labels and of stored names. */
export function parseRegion(text: string): Parsed<string> {
  const isRegion = /^[A-Za-z0-9]([-A-Za-z0-9_. ]{0,38}[A-Za-z0-9])?$/.test(text);
  return isRegion ? parsed(text) : refused(`expected ${regionExpected}, found ${quote(text)}`);
}

/** What is known of a region. */
export interface KnownRegion {
  readonly name: string;
  /** Workers there that were heard from lately. None: it is away, and what could be seen from it is unknown. */
  readonly workers: number;
  /** How long ago one of its workers was last heard from, in milliseconds. */
  readonly silentMs: number;
}

/** A worker announces itself this often. */
export const announceEveryMs = 5_000;
/** One that was not heard from for this long is away: it may miss a few announcements in a row. */
export const awayAfterMs = 30_000;
/** A region without workers is forgotten after a day: it was closed down, or renamed. */
export const forgottenAfterMs = 24 * 3_600_000;

const longestPatienceMs = 300_000;

/** How long nobody looks from a region before that is told: two intervals, or 5 minutes if those are longer, after it is away. */
export function awayPatienceMs(intervalMs: number): number {
  return awayAfterMs + Math.min(longestPatienceMs, 2 * intervalMs);
}

/** None if there is only one: then nothing is said of regions. */
export function severalOf(known: readonly KnownRegion[]): readonly KnownRegion[] {
  return known.length > 1 ? known : [];
}

/** With those that are expected and not known yet: nobody looks from there. */
export function withExpected(
  known: readonly KnownRegion[],
  expected: readonly string[],
): readonly KnownRegion[] {
  const missing = expected.filter((name) => !known.some((region) => region.name === name));
  if (missing.length === 0) return known;
  const away = missing.map((name) => ({ name, workers: 0, silentMs: 0 }));
  return [...known, ...away].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The regions that a domain is seen from: those that it names, as far as they are known, else all. A name that nobody
 * knows, perhaps mistyped, must not leave the domain unwatched.
 */
export function regionsOf(
  named: readonly string[] | undefined,
  known: readonly KnownRegion[],
): readonly KnownRegion[] {
  const chosen = known.filter(({ name }) => named?.includes(name));
  return chosen.length > 0 ? chosen : known;
}
