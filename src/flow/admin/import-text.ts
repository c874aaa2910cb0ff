import { rfc3339 } from '../../core/clock.ts';
import { fnv1a } from '../../core/hash.ts';
import { type ImportedSet, type ImportOptions, pinSetName } from '../../core/imported-set.ts';
import { type Parsed, parsed, refused } from '../../core/parsed.ts';
import type { PinFormat } from '../../core/pin-format.ts';
import { mostHashes, mostImportedBytes, mostRules } from '../../core/pin-set.ts';
import { mostHashesOfHost } from '../../core/set-index.ts';
import type { ReadPins, ReadPinText, ReadRules, Remark } from '../pin-formats.ts';

/** What is to be imported, and under which name. */
export interface ImportRequest {
  readonly of: string;
  readonly text: string;
  /** Left out: told by the content. */
  readonly format?: PinFormat;
  readonly appVersion?: string;
  readonly note: string;
  readonly options: ImportOptions;
}

export interface Importer {
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly provisionedBy?: string;
}

/** Everything that is wrong with a text. */
const mostShown = 20;
const mostWarnings = 50;

/** The pin sets that a text makes; or what is wrong with it, each problem with its line and column. */
export function importText(
  { of, text, format, appVersion, note, options }: ImportRequest,
  { by, at, provisionedBy }: Importer,
  readPins: ReadPins,
): Parsed<readonly ImportedSet[]> {
  const bytes = text.length > mostImportedBytes ? text.length : new TextEncoder().encode(text).length;
  if (bytes > mostImportedBytes) {
    return refused(`expected at most ${mostImportedBytes} bytes of text, found ${bytes} or more`);
  }
  const read = readPins(text, { ...options, ...(format === undefined ? {} : { format }) });
  if (!read.ok) return refused(refusalOf(read));
  const textHash = fnv1a(text);
  const sets = read.sets.map(
    ({ suffix, resolution, trust, rules }): ImportedSet => ({
      name: pinSetName(of, read.sets.length === 1 ? undefined : suffix),
      source: 'imported',
      format: read.format,
      ...(appVersion === undefined ? {} : { appVersion }),
      note,
      by,
      at: rfc3339(at),
      ...{ resolution, trust, rules, of, textHash, options },
      warnings: read.warnings
        .slice(0, mostWarnings)
        .map(({ line, column, message }) => ({ line, column, message })),
      ...(provisionedBy === undefined ? {} : { provisionedBy }),
    }),
  );
  const problem = sets.map(boundsProblem).find((one) => one !== null);
  if (problem !== undefined && problem !== null) return refused(problem);
  return parsed(sets);
}

export function remarkText({ line, column, message }: Remark): string {
  return `line ${line}, column ${column}: ${message}`;
}

function refusalOf({ problems }: Extract<ReadPinText, { ok: false }>): string {
  const shown = problems.slice(0, mostShown).map(remarkText);
  const hidden = problems.length - shown.length;
  return [...shown, ...(hidden > 0 ? [`and ${hidden} more`] : [])].join('; ');
}

function boundsProblem(set: ImportedSet): string | null {
  if (set.rules.length === 0) return 'expected at least one rule, found none';
  if (set.rules.length > mostRules) return `expected at most ${mostRules} rules, found ${set.rules.length}`;
  const most = Math.max(0, ...listLengths(set));
  if (most > mostHashes) return `expected at most ${mostHashes} pins in one list, found ${most}`;
  const ofHost = mostHashesOfHost(set);
  return ofHost > mostHashes ? `expected at most ${mostHashes} pins for one host, found ${ofHost}` : null;
}

function listLengths({ rules }: ReadRules): number[] {
  return rules.flatMap(({ allOf }) => allOf.map(({ anyOf }) => anyOf.length));
}
