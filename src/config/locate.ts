/** Where in a file a problem is. */
import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import type { ConfigProblem } from './problem.ts';
import { join } from './reader.ts';

/** Parsing again takes half a second for a text of this length, and the watch goes on meanwhile. */
const mostCharacters = 256 * 1024;

/** The problem with the file before its path, and the line if it is known: `20-acme.yaml:3: accounts.acme.contacts`. */
export function locate(
  { path, message }: ConfigProblem,
  { name, text }: { readonly name: string; readonly text: string },
): ConfigProblem {
  const line = path === '' ? null : lineOf(path, text);
  const file = line === null ? name : `${name}:${line}`;
  return { path: path === '' ? file : `${file}: ${path}`, message };
}

/** The line of the value at this path, or of the nearest one around it; null if that takes too long. */
function lineOf(path: string, text: string): number | null {
  if (text.length > mostCharacters) return null;
  const lineCounter = new LineCounter();
  const { contents, errors } = parseDocument(text, { lineCounter, uniqueKeys: false, prettyErrors: false });
  if (errors.length > 0) return null;
  let node: unknown = contents;
  let at = '';
  let offset: number | null = null;
  for (;;) {
    const next = childOn(path, at, node);
    if (next === null) break;
    ({ at, node, offset } = next);
  }
  return offset === null ? null : lineCounter.linePos(offset).line;
}

interface Child {
  readonly at: string;
  readonly node: unknown;
  readonly offset: number;
}

/** Whether `path` is the place `start`, or one in it. */
export function leadsTo(start: string, path: string): boolean {
  return path === start || path.startsWith(`${start}.`) || path.startsWith(`${start}[`);
}

/** The entry of a map or list that is on the way to the path. */
function childOn(path: string, at: string, node: unknown): Child | null {
  if (isMap(node)) {
    for (const { key, value } of node.items as Pair[]) {
      const name = isScalar(key) ? (key.source ?? String(key.value)) : null;
      if (name !== null && leadsTo(join(at, name), path))
        return { at: join(at, name), node: value, offset: startOf(key) };
    }
  }
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      const to = `${at}[${index}]`;
      if (leadsTo(to, path)) return { at: to, node: item, offset: startOf(item) };
    }
  }
  return null;
}

function startOf(node: unknown): number {
  return (node as Node).range?.[0] ?? 0;
}
