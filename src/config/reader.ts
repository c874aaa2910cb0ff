import { durationExpected, formatDuration, parseDuration } from '../core/duration.ts';
import type { Parsed } from '../core/parsed.ts';
import { quote } from '../core/quote.ts';
import { type Environment, type Expanded, expand } from './expand.ts';
import { nearest } from './nearest.ts';
import type { ConfigProblem } from './problem.ts';

/** A value of the document and its path; `raw` is undefined if it was left out. */
export interface Place {
  readonly path: string;
  readonly raw: unknown;
}

/**
 * Reads values from a document and collects every problem. A method that returns undefined found nothing or has
 * recorded a problem; the caller continues with a default, so that one run finds all problems.
 *
 * A problem shows a value as written in the file, before `${NAME}` is replaced: the environment is not shown.
 */
export class Reader {
  readonly problems: ConfigProblem[] = [];
  readonly warnings: ConfigProblem[] = [];
  readonly #environment: Environment | null;

  /** null: `${NAME}` is not replaced. */
  constructor(environment: Environment | null) {
    this.#environment = environment;
  }

  fail(path: string, message: string): undefined {
    this.problems.push({ path, message });
  }

  warn(path: string, message: string): void {
    this.warnings.push({ path, message });
  }

  expected(place: Place, expected: string): undefined {
    this.fail(place.path, `expected ${expected}, found ${describe(place.raw)}`);
  }

  /** A section with a closed set of keys. An empty one (all its keys commented out) counts as left out. */
  section<K extends string>(place: Place, known: readonly K[]): Record<K, Place> {
    const map = place.raw === undefined || place.raw === null ? {} : place.raw;
    const places = {} as Record<K, Place>;
    for (const key of known) places[key] = { path: join(place.path, key), raw: undefined };
    if (!isMap(map)) {
      // The value may hold a password: `redis: redis://…` is an easy mistake.
      this.fail(place.path, `expected a map with the keys ${known.join(', ')}, found ${kind(place.raw)}`);
      return places;
    }
    for (const [key, raw] of Object.entries(map)) {
      const path = join(place.path, key);
      if ((known as readonly string[]).includes(key)) {
        places[key as K] = { path, raw };
        continue;
      }
      const meant = nearest(key, known);
      const hint = meant === null ? `expected one of ${known.join(', ')}` : `did you mean ${meant}?`;
      this.fail(path, `unknown key, ${hint}`);
    }
    return places;
  }

  /** A list of at most `limit` entries; empty if it was left out. */
  list(place: Place, expected: string, limit: number): Place[] {
    if (place.raw === undefined) return [];
    if (!Array.isArray(place.raw)) {
      const hint = place.raw === null ? ': write [] or leave the key out' : '';
      this.fail(place.path, `expected a list of ${expected}, found ${describe(place.raw)}${hint}`);
      return [];
    }
    if (place.raw.length > limit) {
      this.fail(place.path, `expected at most ${limit} entries, found ${place.raw.length}`);
      return [];
    }
    return place.raw.map((raw: unknown, index) => ({ path: `${place.path}[${index}]`, raw }));
  }

  /** A string, with each `${NAME}` replaced if there is an environment. */
  text(place: Place, expected: string): Expanded | undefined {
    if (place.raw === undefined) return undefined;
    if (typeof place.raw !== 'string') return this.expected(place, expected);
    if (this.#environment === null) return { text: place.raw, secret: false };
    const expanded = expand(place.raw, this.#environment);
    return typeof expanded === 'string' ? this.fail(place.path, expanded) : expanded;
  }

  /** A string that `parse` understands. */
  parse<T>(place: Place, expected: string, parse: (text: string) => Parsed<T>): T | undefined {
    const text = this.text(place, expected);
    if (text === undefined) return undefined;
    const result = parse(text.text);
    if (result.ok) return result.value;
    // The parser's message quotes the value.
    return text.secret ? this.expected(place, expected) : this.fail(place.path, result.problem);
  }

  /** Milliseconds, both ends of the range included. */
  duration(place: Place, [least, most]: readonly [number, number], otherwise: number): number {
    // A number also gets parseDuration's message: its unit is missing.
    const raw = typeof place.raw === 'number' ? String(place.raw) : place.raw;
    const value = this.parse({ path: place.path, raw }, durationExpected, parseDuration);
    if (value === undefined) return otherwise;
    if (value >= least && value <= most) return value;
    this.expected(place, `a duration from ${formatDuration(least)} to ${formatDuration(most)}`);
    return otherwise;
  }

  integer(place: Place, [least, most]: readonly [number, number], otherwise: number): number {
    if (place.raw === undefined) return otherwise;
    const expected = `a whole number from ${least} to ${most}`;
    let value = place.raw;
    if (typeof value === 'string') {
      const text = this.text(place, expected);
      if (text === undefined) return otherwise;
      // A number that came from the environment is a string.
      if (text.secret && /^\d{1,15}$/.test(text.text)) value = Number(text.text);
    }
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    this.expected(place, expected);
    return otherwise;
  }

  flag(place: Place, otherwise: boolean): boolean {
    if (typeof place.raw === 'boolean') return place.raw;
    const expected = 'true or false';
    // One that came from the environment is a string.
    const text = this.text(place, expected)?.text;
    if (text === undefined) return otherwise;
    if (text === 'true' || text === 'false') return text === 'true';
    this.expected(place, expected);
    return otherwise;
  }

  choice<T extends string>(place: Place, options: readonly T[]): T | undefined {
    const expected = `one of ${options.join(', ')}`;
    const text = this.text(place, expected)?.text;
    if (text === undefined) return undefined;
    return options.find((option) => option === text) ?? this.expected(place, expected);
  }

  /** Every entry that `read` understands, with a problem for each duplicate. */
  distinct<T extends string>(places: readonly Place[], read: (place: Place) => T | undefined): T[] {
    const seen = new Map<T, string>();
    for (const place of places) {
      const value = read(place);
      if (value === undefined) continue;
      const first = seen.get(value);
      if (first === undefined) seen.set(value, place.path);
      else this.fail(place.path, `${describe(place.raw)} is already listed, at ${first}`);
    }
    return [...seen.keys()];
  }
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `path.key`, with the key in brackets and quotes if it is not a plain word. */
export function join(path: string, key: string): string {
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(key)) return `${path}[${quote(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

/** What the file contains, without the value. */
export function kind(raw: unknown): string {
  if (raw === undefined || raw === null) return 'nothing';
  if (Array.isArray(raw)) return 'a list';
  return typeof raw === 'object' ? 'a map' : `a ${typeof raw}`;
}

/** What the file contains, for an error message. */
export function describe(raw: unknown): string {
  if (typeof raw === 'string') return quote(raw);
  return typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : kind(raw);
}
