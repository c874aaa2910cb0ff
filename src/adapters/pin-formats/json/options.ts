import { quote } from '../../../core/quote.ts';
import type { Offset, Remarks } from '../remarks.ts';

/** Warns of options that the enforcing code does not know: most are misspelt ones. */
export function warnOfUnknown(
  found: object,
  known: readonly string[],
  at: (name: string) => Offset,
  remarks: Remarks,
): void {
  for (const name of Object.keys(found)) {
    if (!known.includes(name)) {
      remarks.warn(at(name), `${quote(name)} has no effect: expected one of ${known.join(', ')}`);
    }
  }
}
