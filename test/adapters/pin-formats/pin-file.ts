/** Files of the corpus, and what their enforcing code would do with a host, in short. */
import { readFileSync } from 'node:fs';
import { readPins } from '../../../src/adapters/pin-formats/read-pins.ts';
import { applySet, demandOf } from '../../../src/core/applied-set.ts';
import type { PinHash } from '../../../src/core/pin-hash.ts';
import type { ReadOptions, ReadPinText, ReadRules } from '../../../src/flow/pin-formats.ts';
import { made } from './made-pins.ts';

/** Keys by small letters, certificates by capitals. */
const letters = new Map<PinHash, string>(
  [...'abcd'].flatMap((letter) => [
    [made(letter), letter],
    [`cert-${made(letter)}`, letter.toUpperCase()],
  ]),
);

/** Before every date in the corpus. */
export const early = Date.parse('2026-11-27T00:00:00Z');

export function readCorpus(path: string, options: ReadOptions = {}): ReadPinText {
  return readPins(readFileSync(new URL(`corpus/${path}`, import.meta.url), 'utf8'), options);
}

/** The one set of a file that is accepted. */
export function setOf(path: string, options: ReadOptions = {}): ReadRules {
  const read = readCorpus(path, options);
  if (!read.ok) throw new Error(problemsOf(read).join('\n'));
  const [set] = read.sets;
  if (set === undefined || read.sets.length > 1) throw new Error(`${path}: expected one set`);
  return set;
}

/** Each as `LINE:COLUMN message`. */
export function problemsOf(read: ReadPinText): string[] {
  return read.ok ? [] : read.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

export function warningsOf(read: ReadPinText): string[] {
  return read.ok ? read.warnings.map(({ line, column, message }) => `${line}:${column} ${message}`) : [];
}

/** `open`, or where the letters of which pins have to be: `path a|b`, `leaf a & ca b`, `observed path a`. */
export function demanded(set: ReadRules, host: string, now = early, leafName: string | null = null): string {
  const named = { ...set, name: 'app', source: 'imported', format: null, note: '', by: '', at: '' } as const;
  const applied = applySet(named, host);
  if (applied === null) return 'open';
  const demand = demandOf(applied, leafName, now);
  if (demand.is !== 'pinned') return demand.is;
  const lists = demand.allOf.map(
    ({ at, anyOf }) => `${at} ${anyOf.map((pin) => letters.get(pin) ?? pin).join('|')}`,
  );
  return (demand.enforce ? '' : 'observed ') + lists.join(' & ');
}
