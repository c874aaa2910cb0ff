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

/** Far above a file of 100,000 domains; what an alias stands for counts each time, so that nesting them multiplies nothing. */
const mostValues = 5_000_000;

export type ParsedDocument =
  | { readonly ok: true; readonly document: unknown }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

const keyTwice = 'this key is there already';
const tooDeep = 'lists and maps are nested too deeply';

/** Where the parser's own words would not help, or show the source. */
const wordings: Readonly<Record<string, string>> = {
  BAD_DIRECTIVE: 'a directive that YAML does not know',
  BAD_DQ_ESCAPE: 'an escape sequence that YAML does not know',
  MULTIPLE_DOCS: 'a second document starts',
};

/** YAML 1.2 text → plain values. Duplicate keys and tags of one's own are problems, with line and column. */
export function parseDocumentText(text: string): ParsedDocument {
  const lineCounter = new LineCounter();
  const at = (offset: number, message: string): ConfigProblem => {
    const { line, col } = lineCounter.linePos(offset);
    return { path: '', message: `line ${line}, column ${col}: ${message}` };
  };
  try {
    // Pretty errors quote the source, and a line with a syntax error may well be the one with the password.
    // Keys are compared below, as they are written: to the library 00123 is 123 once more.
    const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false });
    if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) return tooDeeplyNested();
    const problems = [...document.errors, ...document.warnings].map(({ pos, code, message }) =>
      at(pos[0], wordings[code] ?? withoutSource(message)),
    );
    return problems.length > 0 ? { ok: false, problems } : plainValues(document.contents, at);
  } catch (error) {
    // Parser and conversion recurse: thousands of nested brackets end the stack.
    if (error instanceof RangeError) return tooDeeplyNested();
    throw error;
  }
}

function tooDeeplyNested(): ParsedDocument {
  return { ok: false, problems: [{ path: '', message: tooDeep }] };
}

/** The parser's messages name the source text after a colon, if at all. */
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
 * As the library's toJS, which takes quadratic time where a file of many domains shares its pins by alias, and makes 123
 * of the key 00123. `<<` merges (https://yaml.org/type/merge.html): what is written in the map itself counts first, then
 * the maps in their order.
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
    // An alias of nothing is a problem already.
    if (problems.length === known) fail(key as Node, 'a key is a list or a map');
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
    // Too many values are told of at the end; they are not copied for that.
    for (const [name, value] of size > mostValues ? [] : merged.flatMap(Object.entries<unknown>)) {
      if (!entries.has(name)) entries.set(name, value);
    }
    return entries;
  };
  const mapsToMerge = (key: Scalar, value: unknown): Readonly<Record<string, unknown>>[] => {
    const maps = Array.isArray(value) ? value : [value];
    if (maps.every(isPlainMap)) return maps;
    fail(key, '<< expects an alias of a map, or a list of them; quote it where it is a name');
    return [];
  };
  const convert = (node: unknown): unknown => {
    const before = size;
    size += 1;
    let value: unknown = null;
    if (isAlias(node)) {
      const known = anchors.get(node.source);
      if (known === undefined) return fail(node, 'an alias names an anchor that is not complete before it');
      size += known.size;
      return known.value;
    }
    if (isScalar(node)) value = node.value;
    else if (isSeq(node)) value = node.items.map(convert);
    // Defines properties, where an assignment to `__proto__` would do something else.
    else if (isMap(node)) value = Object.fromEntries(mapOf(node));
    // Only now: an alias inside of what it stands for has no value.
    if ((isScalar(node) || isSeq(node) || isMap(node)) && node.anchor !== undefined) {
      anchors.set(node.anchor, { value, text: keyText(node), size: size - before });
    }
    return value;
  };

  const document = convert(root);
  if (size > mostValues) {
    const message = `expected at most ${mostValues} values with all aliases followed, found more`;
    return { ok: false, problems: [{ path: '', message }] };
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, document };
}

/** A key as it is written: 00123, 1e3 and null are names here, and no values. null for a list or a map. */
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
