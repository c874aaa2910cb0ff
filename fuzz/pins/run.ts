import { readdirSync, readFileSync } from 'node:fs';
import { generator } from '../../lab/generator.ts';
import { readPins } from '../../src/adapters/pin-formats/read-pins.ts';
import { pinReaders } from '../../src/adapters/pin-formats/registry.ts';
import { onOneLine } from '../../src/core/quote.ts';
import type { ReadOptions, ReadPinText } from '../../src/flow/pin-formats.ts';
import { writtenFault } from './again.ts';
import { below, mutate } from './mutate.ts';

export interface PinsOutcome {
  readonly texts: number;
  readonly accepted: number;
  /** What is wrong with an answer, with the seed of its text. */
  readonly wrong: readonly string[];
  /** The CPU that one text took at most, in milliseconds, at the best of several times, and its seed. */
  readonly longest: { readonly ms: number; readonly seed: number };
}

/** The corpus of the tests, by path. */
export function readSeeds(): ReadonlyMap<string, string> {
  const folder = 'test/adapters/pin-formats/corpus';
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.includes('.'),
  );
  return new Map(paths.sort().map((path) => [path, readFileSync(`${folder}/${path}`, 'utf8')]));
}

/** The text of one seed, and how it is read. */
export function madeOf(
  seeds: readonly string[],
  seed: number,
): { readonly text: string; readonly options: ReadOptions } {
  const random = generator(seed * 2 + 1);
  const text = mutate(seeds[below(random, seeds.length)] ?? '', seeds, seed);
  const format = pinReaders[below(random, pinReaders.length * 8)]?.format;
  const okhttp = [undefined, '3.13', '4.12'][below(random, 3)];
  const host = random() < 0.5 ? undefined : 'api.example.com';
  return {
    text,
    options: {
      ...(format === undefined ? {} : { format }),
      ...(okhttp === undefined ? {} : { okhttp }),
      ...(host === undefined ? {} : { host }),
    },
  };
}

/** Reads `runs` texts with faults, from the seed `from` on. Throws whatever a reader throws, with the seed. */
export function fuzzPins(from: number, runs: number): PinsOutcome {
  const seeds = [...readSeeds().values()];
  const wrong: string[] = [];
  let accepted = 0;
  let longest = { ms: 0, seed: from };
  for (let seed = from; seed < from + runs; seed += 1) {
    const { text, options } = madeOf(seeds, seed);
    const read = readNamed(text, options, seed);
    // Other programs on the machine make it slower by chance, and so does collecting the garbage of earlier texts.
    let ms = cpuOf(text, options);
    for (let again = 0; again < 4 && ms > longest.ms; again += 1) ms = Math.min(ms, cpuOf(text, options));
    if (ms > longest.ms) longest = { ms, seed };
    if (read.ok) accepted += 1;
    const fault = faultOf(read, text) ?? (read.ok ? writtenFault(read.sets, seed) : null);
    if (fault !== null) wrong.push(`seed ${seed}: ${fault}`);
  }
  return { texts: runs, accepted, wrong, longest };
}

/** In milliseconds. */
function cpuOf(text: string, options: ReadOptions): number {
  const before = process.cpuUsage();
  readPins(text, options);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function readNamed(text: string, options: ReadOptions, seed: number): ReadPinText {
  try {
    return readPins(text, options);
  } catch (error) {
    throw new Error(`seed ${seed}`, { cause: error });
  }
}

/** null: the answer is one that the rest of the program can take. */
function faultOf(read: ReadPinText, text: string): string | null {
  const remarks = read.ok ? read.warnings : read.problems;
  if (!read.ok && remarks.length === 0) return 'refused without a problem';
  const lines = text.split('\n');
  for (const { line, column, message } of remarks) {
    if (message === '' || message.length > 1_000) return `a message of ${message.length} characters`;
    if (onOneLine(message) !== message) return `an invisible character in ${JSON.stringify(message)}`;
    const length = lines[line - 1]?.length;
    if (length === undefined || column < 1 || column > length + 1) return `no such place: ${line}:${column}`;
  }
  if (!read.ok) return null;
  for (const { pattern, allOf, until } of read.sets.flatMap(({ rules }) => rules)) {
    const isName = pattern.kind === 'leaf-cn' ? /^.{1,300}$/s : /^[^\s*]{1,300}$/;
    if (!isName.test(pattern.name)) return `the host ${JSON.stringify(pattern.name)}`;
    if (until !== undefined && !Number.isFinite(until)) return `until ${until}`;
    for (const { anyOf } of allOf) {
      if (anyOf.length === 0) return 'a list without pins';
      const odd = anyOf.find((pin) => !/^(?:cert-)?sha256\/[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(pin));
      if (odd !== undefined) return `the pin ${JSON.stringify(odd)}`;
    }
  }
  return null;
}
