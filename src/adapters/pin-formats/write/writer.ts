import type { PinRules } from '../../../core/pin-set.ts';
import type { WriteOptions, WrittenPins } from '../../../flow/write-pins.ts';
import { type Entry, express } from './entries.ts';
import type { Notation } from './notation.ts';

/** Of one format. */
export interface Writer {
  readonly needsSeen: boolean;
  readonly write: (rules: PinRules, options: WriteOptions) => WrittenPins;
}

interface Text {
  readonly text: string;
  readonly notes?: readonly string[];
}

/** A writer that prints the entries if the notation can say everything. */
export function writer(
  notation: Notation,
  print: (entries: readonly Entry[], options: WriteOptions) => Text,
  furtherProblems: (entries: readonly Entry[], options: WriteOptions) => readonly string[] = () => [],
): Writer {
  const write: Writer['write'] = (rules, options) => {
    const { entries, notes, problems } = express(rules, notation, options);
    const all = [...problems, ...furtherProblems(entries, options)];
    if (all.length > 0) return { ok: false, problems: all };
    const printed = print(entries, options);
    return { ok: true, text: printed.text, notes: [...notes, ...(printed.notes ?? [])] };
  };
  const needsSeen = notation.hashes === 'certificates' || !notation.at.includes('path');
  return { needsSeen, write };
}
