import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { ConfigProblem } from './problem.ts';

/** Far above a file of 100,000 domains. What an alias stands for counts each time: nesting them gains nothing. */
const mostValues = 5_000_000;

export type ParsedDocument =
  | { readonly ok: true; readonly document: unknown }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

const keyTwice = 'duplicate key';
const tooDeep = 'lists and maps are nested too deeply';

/** Replaces the parser's message if it would not help, or would show the source. */
const wordings: Readonly<Record<string, string>> = {
  BAD_DIRECTIVE: 'an unknown YAML directive',
  BAD_DQ_ESCAPE: 'an unknown YAML escape sequence',
  MULTIPLE_DOCS: 'a second document starts',
};

/** YAML 1.2 text → plain values. Duplicate keys and custom tags are problems, with line and column. */
export function parseDocumentText(text: string): ParsedDocument {
  const lineCounter = new LineCounter();
  const at = (offset: number, message: string): ConfigProblem => {
    const { line, col } = lineCounter.linePos(offset);
    return { path: '', message: `line ${line}, column ${col}: ${message}` };
  };
  try {
    // Pretty errors quote the source, and a line with a syntax error may well be the one with the password.
    // Keys are compared below, as written: to the library 00123 and 123 are the same.
    const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false });
    if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) return tooDeeplyNested();
    const problems = [...document.errors, ...document.warnings].map(({ pos, code, message }) =>
      at(pos[0], wordings[code] ?? withoutSource(message)),
    );
    return problems.length > 0 ? { ok: false, problems } : plainValues(document.contents, at);
  } catch (error) {
    // Parser and conversion recurse: thousands of nested brackets overflow the stack.
    if (error instanceof RangeError) return tooDeeplyNested();
    throw error;
  }
}

function tooDeeplyNested(): ParsedDocument {
  return { ok: false, problems: [{ path: '', message: tooDeep }] };
}

/** If a parser message shows the source text, it does so after a colon. */
function withoutSource(message: string): string {
  return message.replace(/(?<=\S):\s.*$/s, '');
}

/** What an anchor stands for. */
interface Anchored {
  readonly value: unknown;
  /** As `keyText` gives it. */
  readonly text: string | null;
  readonly size: number;
}

/**
 * Replaces the library's toJS, which takes quadratic time if the domains of a large file share their pins by alias, and
 * turns the key 00123 into 123. `<<` merges (https://yaml.org/type/merge.html): the map's own keys come first, then
 * those of the merged maps in their order.
 */
function plainValues(
  root: Node | null,
  at: (offset: number, message: string) => ConfigProblem,
): ParsedDocument {
  const problems: ConfigProblem[] = [];
  const anchors = new Map<string, Anchored>();
  let size = 0;

  const fail = (node: Node, message: string): undefined => {
    problems.push(at(node.range?.[0] ?? 0, message));
  };
  const keyOf = (key: unknown): string | null => {
    const known = problems.length;
    convert(key);
    const text = isAlias(key) ? anchors.get(key.source)?.text : keyText(key);
    if (typeof text === 'string') return text;
    // An alias without an anchor is already a problem.
    if (problems.length === known) fail(key as Node, 'a key must not be a list or a map');
    return null;
  };
  const mapOf = (node: YAMLMap): Map<string, unknown> => {
    const entries = new Map<string, unknown>();
    const merged: Readonly<Record<string, unknown>>[] = [];
    const seen = new Set<string>();
    for (const { key, value } of node.items) {
      const name = keyOf(key);
      if (name === null) continue;
      // 1 and "1" are two keys in YAML.
      if (seen.has(name)) fail(key as Node, keyTwice);
      else if (isMergeKey(key)) merged.push(...mapsToMerge(key, convert(value)));
      else entries.set(name, convert(value));
      seen.add(name);
    }
    // Too many values are reported at the end; no need to copy them.
    for (const [name, value] of size > mostValues ? [] : merged.flatMap(Object.entries<unknown>)) {
      if (!entries.has(name)) entries.set(name, value);
    }
    return entries;
  };
  const mapsToMerge = (key: Scalar, value: unknown): Readonly<Record<string, unknown>>[] => {
    const maps = Array.isArray(value) ? value : [value];
    if (maps.every(isPlainMap)) return maps;
    fail(key, '<< expects an alias of a map, or a list of them; quote it if it is a name');
    return [];
  };
  const convert = (node: unknown): unknown => {
    const before = size;
    size += 1;
    let value: unknown = null;
    if (isAlias(node)) {
      const known = anchors.get(node.source);
      if (known === undefined)
        return fail(node, 'an alias refers to an anchor that is not complete before it');
      size += known.size;
      return known.value;
    }
    if (isScalar(node)) value = node.value;
    else if (isSeq(node)) value = node.items.map(convert);
    // Defines properties; an assignment to `__proto__` would set the prototype.
    else if (isMap(node)) value = Object.fromEntries(mapOf(node));
    // Only now: an alias inside its own anchor has no value.
    if ((isScalar(node) || isSeq(node) || isMap(node)) && node.anchor !== undefined) {
      anchors.set(node.anchor, { value, text: keyText(node), size: size - before });
    }
    return value;
  };

  const document = convert(root);
  if (size > mostValues) {
    const message = `expected at most ${mostValues} values with all aliases expanded, found more`;
    return { ok: false, problems: [{ path: '', message }] };
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, document };
}

/** A key as written: 00123, 1e3 and null are names here, not values. null for a list or a map. */
function keyText(key: unknown): string | null {
  if (key === null) return '';
  if (!isScalar(key)) return null;
  return typeof key.value === 'string' ? key.value : (key.source ?? '');
}

function isMergeKey(key: unknown): key is Scalar {
  return isScalar(key) && key.type === 'PLAIN' && keyText(key) === '<<';
}

function isPlainMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
