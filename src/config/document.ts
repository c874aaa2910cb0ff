import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Problem } from './problem.ts';

/** Far above a file of 100,000 domains; what an alias stands for counts each time, so that nesting them multiplies nothing. */
const mostValues = 5_000_000;

export type ParsedDocument =
  | { readonly ok: true; readonly document: unknown }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const keyTwice = 'this key is there already';
const tooDeep = 'lists and maps are nested too deeply';

/** Where the parser's own words would not help, or show the source. */
const wordings: Readonly<Record<string, string>> = {
  BAD_DIRECTIVE: 'a directive that YAML does not know',
  BAD_DQ_ESCAPE: 'an escape sequence that YAML does not know',
  DUPLICATE_KEY: keyTwice,
  MULTIPLE_DOCS: 'a second document starts',
};

/** YAML 1.2 text → plain values. Duplicate keys and tags of one's own are problems, with line and column. */
export function parseDocumentText(text: string): ParsedDocument {
  const lineCounter = new LineCounter();
  const at = (offset: number, message: string): Problem => {
    const { line, col } = lineCounter.linePos(offset);
    return { path: '', message: `line ${line}, column ${col}: ${message}` };
  };
  try {
    // Pretty errors quote the source, and a line with a syntax error may well be the one with the password.
    const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true });
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

/** As the library's toJS, which takes quadratic time where a file of many domains shares its pins by alias. */
function plainValues(root: Node | null, at: (offset: number, message: string) => Problem): ParsedDocument {
  const problems: Problem[] = [];
  const anchors = new Map<string, { readonly value: unknown; readonly size: number }>();
  let size = 0;

  const fail = (node: Node, message: string): undefined => {
    problems.push(at(node.range?.[0] ?? 0, message));
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
    else if (isMap(node)) {
      const entries = new Map<string, unknown>();
      for (const { key, value: item } of node.items) {
        const name = convert(key);
        if (typeof name === 'object' && name !== null) fail(node, 'a key is a list or a map');
        // 1 and "1" are two keys in YAML.
        else if (entries.has(String(name))) fail(key as Node, keyTwice);
        else entries.set(String(name), convert(item));
      }
      // Defines properties, where an assignment to `__proto__` would do something else.
      value = Object.fromEntries(entries);
    }
    // Only now: an alias inside of what it stands for has no value.
    if ((isScalar(node) || isSeq(node) || isMap(node)) && node.anchor !== undefined) {
      anchors.set(node.anchor, { value, size: size - before });
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
