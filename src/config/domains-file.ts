/** Reads an account's domains from a file of their own: one JSON object per line, with the keys of a domain in YAML. */
import { dirname, isAbsolute, join } from 'node:path';
import { quote } from '../core/quote.ts';
import { caReader, type DomainsFile, mostDomains, readDomain } from './accounts.ts';
import { parseJsonLine } from './json-line.ts';
import { type Line, readLines, UnreadableLine } from './lines.ts';
import { besideFile } from './outside.ts';
import type { ConfigProblem } from './problem.ts';
import { readReason } from './read-reason.ts';
import { describe, Reader } from './reader.ts';

/** Ten times a domain that uses all that the limits allow. */
const longestLine = 64 * 1024;

/** Per file. Most such files are written by a program, and a hundred problems show what is wrong with it. */
const mostProblems = 100;
const mostWarnings = 100;

export interface ReadDomains {
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/** Adds the files' domains to their accounts. The place of a problem is the file's name and the line. */
export async function readDomainsFiles(files: readonly DomainsFile[]): Promise<ReadDomains> {
  const problems: ConfigProblem[] = [];
  const warnings: ConfigProblem[] = [];
  for (const file of files) {
    const reader = new Reader(file.outside.environment);
    await readDomainsFile(reader, file);
    problems.push(...reader.problems);
    warnings.push(...reader.warnings.slice(0, mostWarnings));
    const more = reader.warnings.length - mostWarnings;
    if (more > 0) warnings.push({ path: shownName(file), message: `${more} more warnings are not shown` });
  }
  return { problems, warnings };
}

async function readDomainsFile(reader: Reader, file: DomainsFile): Promise<undefined> {
  const { place, list, outside } = file;
  const expected = 'the path of a file';
  const named = reader.text(place, expected);
  if (named === undefined) return;
  if (named.text === '') return reader.expected(place, expected);
  const name = shownName(file);
  const path = besideFile(named.text, outside);
  // Paths in it are relative to itself.
  const readCa = caReader(reader, { ...outside, file: path });
  // The API names this file when it refuses to change one of its domains.
  const source = { file: named.secret ? name : asGiven(named.text, outside.file), toAscii: outside.toAscii };

  const take = ({ number, bytes }: Line): undefined => {
    if (number > mostDomains) {
      throw new UnreadableLine(number, `expected at most ${mostDomains} lines, found more`);
    }
    const at = `${name}:${number}`;
    const value = parseJsonLine(bytes);
    if (!value.ok) return reader.fail(at, value.problem);
    if (value.value === undefined) return undefined;
    const domainPlace = { path: at, raw: value.value };
    const domain = readDomain(reader, domainPlace, readCa, source);
    if (domain !== undefined) list.add(reader, domainPlace, domain);
  };
  try {
    for await (const lines of readLines(path, longestLine)) {
      for (const line of lines) {
        take(line);
        if (reader.problems.length < mostProblems) continue;
        return reader.fail(name, `not read beyond line ${line.number}: too many problems`);
      }
    }
  } catch (error) {
    if (error instanceof UnreadableLine) return reader.fail(`${name}:${error.number}`, error.message);
    const shown = named.secret ? describe(place.raw) : quote(path);
    reader.fail(place.path, `cannot read ${shown}: ${readReason(error)}`);
  }
}

/** As written in the configuration, without values from the environment. */
function shownName({ place }: DomainsFile): string {
  const name = String(place.raw);
  return /^[\p{L}\p{N}._/-]{1,200}$/u.test(name) ? name : quote(name);
}

/** Relative to the same folder as the configuration's own path: `config/acme.jsonl` next to `config/pinwatch.yaml`. */
function asGiven(path: string, configuration: string): string {
  return isAbsolute(path) ? path : join(dirname(configuration), path);
}
