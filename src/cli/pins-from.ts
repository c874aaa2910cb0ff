/** `--pins-from FILE`: the pins of an app's own file, with the meaning that the code gives them that enforces them. */
import { type AppliedSet, applySet } from '../core/applied-set.ts';
import { type Parsed, parsed, refused } from '../core/parsed.ts';
import type { PinFormat } from '../core/pin-format.ts';
import { ownSetName } from '../core/pin-set.ts';
import { onOneLine, quote } from '../core/quote.ts';
import type { ReadOptions, ReadPinText, ReadRules, Remark } from '../flow/pin-formats.ts';

/** Reads a file and its pins; refused if it can't be read as text. */
export type ReadPinFile = (path: string, options: ReadOptions) => Promise<Parsed<ReadPinText>>;

export interface PinsFrom {
  readonly path: string;
  readonly format?: PinFormat;
  readonly okhttp?: string;
}

export interface ShippedPins {
  /** Empty: the file does not pin the host. */
  readonly sets: readonly AppliedSet[];
  readonly format: PinFormat;
  /** As `FILE:LINE:COLUMN: message`. */
  readonly warnings: readonly string[];
}

/** The pin sets of a file, as far as they concern one host; else every problem of the file, one a line. */
export async function shippedPins(
  { path, format, okhttp }: PinsFrom,
  host: string,
  read: ReadPinFile,
): Promise<Parsed<ShippedPins>> {
  const options = {
    ...{ host },
    ...(format === undefined ? {} : { format }),
    ...(okhttp === undefined ? {} : { okhttp }),
  };
  const file = await read(path, options);
  if (!file.ok) return refused(`${quote(path)} cannot be read: ${file.problem}`);
  const found = file.value;
  if (!found.ok) return refused(found.problems.map((problem) => remark(path, problem)).join('\n'));
  const sets = found.sets.flatMap((rules) => applied(path, rules, host) ?? []);
  return parsed({
    sets,
    format: found.format,
    warnings: found.warnings.map((warning) =>
      remark(path, { ...warning, message: `warning: ${warning.message}` }),
    ),
  });
}

function applied(path: string, { suffix, ...rules }: ReadRules, host: string): AppliedSet | null {
  const file = onOneLine(path.slice(path.lastIndexOf('/') + 1));
  const name = suffix === undefined ? file : `${file}-${suffix}`;
  const set = { ...rules, source: 'imported', format: null, note: '', by: '', at: '' } as const;
  return applySet({ ...set, name: name === ownSetName ? `./${name}` : name }, host);
}

/** As compilers write it, so that editors and CI find the place. */
function remark(path: string, { line, column, message }: Remark): string {
  return `${onOneLine(path)}:${line}:${column}: ${message}`;
}
