import { readPins } from '../../src/adapters/pin-formats/read-pins.ts';
import { pinWriter } from '../../src/adapters/pin-formats/write/pin-writer.ts';
import { pinFormats } from '../../src/core/pin-format.ts';
import type { PinRules } from '../../src/core/pin-set.ts';

const okhttp = '4.12';

/** Writes what was read in another format, and reads that; null: it is read, or there was a reason not to write it. */
export function writtenFault(sets: readonly PinRules[], seed: number): string | null {
  const format = pinFormats[seed % pinFormats.length] ?? 'nsc';
  for (const rules of sets) {
    const written = pinWriter.write(format, rules, { seen: new Map(), okhttp });
    if (!written.ok) {
      if (written.problems.length === 0) return `not written as ${format}, without a reason`;
      continue;
    }
    const host = rules.rules[0]?.pattern.name ?? '';
    const again = readPins(written.text, { format, host, okhttp });
    if (!again.ok) return `written as ${format}, and then ${again.problems[0]?.message}`;
  }
  return null;
}
