/** Several files → one document. A key is in one file only, so that no order of files decides what counts. */
import { withoutExtensions } from './keys.ts';
import { leadsTo, locate } from './locate.ts';
import type { ConfigProblem } from './problem.ts';
import { isMap, join, kind } from './reader.ts';

/** A file of the folder and what it says. */
export interface Part {
  readonly name: string;
  /** The folder as given, and the name. */
  readonly path: string;
  readonly text: string;
  readonly document: unknown;
}

export interface Merged {
  readonly document: Readonly<Record<string, unknown>>;
  readonly problems: readonly ConfigProblem[];
  /** The part that a key is from, or an account. */
  readonly partOf: (key: string, account?: string) => Part | undefined;
}

/** Keys are merged at the top, and accounts by their names; nothing below. */
export function merge(parts: readonly Part[]): Merged {
  const values = new Map<string, unknown>();
  const accounts = new Map<string, unknown>();
  const keys = new Map<string, Part>();
  const owners = new Map<string, Part>();
  const problems: ConfigProblem[] = [];
  const take = (taken: Map<string, Part>, name: string, part: Part, path: string): boolean => {
    const first = taken.get(name);
    if (first === undefined) {
      taken.set(name, part);
      return true;
    }
    const message = `is in ${first.name}, too: keep it in one of the files`;
    problems.push(locate({ path, message }, part));
    return false;
  };
  for (const part of parts) {
    // A file whose lines are all commented out.
    if (part.document === null) continue;
    if (!isMap(part.document)) {
      const message = `expected a map with keys of the configuration, found ${kind(part.document)}`;
      problems.push(locate({ path: '', message }, part));
      continue;
    }
    for (const [key, value] of Object.entries(withoutExtensions(part.document))) {
      if (key !== 'accounts' || !isMap(value)) {
        if (take(keys, key, part, join('', key))) values.set(key, value);
        continue;
      }
      const others = keys.get(key);
      // Of a wrong type there; that is reported.
      if (others !== undefined && values.has(key)) continue;
      if (others === undefined) keys.set(key, part);
      for (const [name, account] of Object.entries(value)) {
        if (take(owners, name, part, join('accounts', name))) accounts.set(name, account);
      }
    }
  }
  const partOf = (key: string, account?: string) =>
    (account === undefined ? undefined : owners.get(account)) ?? keys.get(key);
  // Its entries are own properties, whatever their names.
  if (keys.has('accounts') && !values.has('accounts')) values.set('accounts', Object.fromEntries(accounts));
  return { document: Object.fromEntries(values), problems, partOf };
}

/** A problem of the merged document, with the file and line that it is about. */
export function located(problem: ConfigProblem, merged: Merged): ConfigProblem {
  const key = Object.keys(merged.document).find((each) => leadsTo(join('', each), problem.path));
  if (key === undefined) return problem;
  const part = merged.partOf(key, key === 'accounts' ? accountIn(problem.path, merged) : undefined);
  return part === undefined ? problem : locate(problem, part);
}

function accountIn(path: string, { document }: Merged): string | undefined {
  const names = isMap(document.accounts) ? Object.keys(document.accounts) : [];
  return names.find((name) => leadsTo(join('accounts', name), path));
}
