import { isMap, isSeq, LineCounter, type Node, parseDocument, type Scalar } from 'yaml';
import { type Cut, cutText, type Piece } from './cut-text.ts';
import { mostValues, type Pieces, plainValues } from './plain-values.ts';
import type { ConfigProblem } from './problem.ts';
import { atOnce, type Turns } from './turns.ts';

export type ParsedDocument =
  | { readonly ok: true; readonly document: unknown }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

const tooDeep = 'lists and maps are nested too deeply';

// Pretty errors quote the source, and a line with a syntax error may well be the one with the password.
// Keys are compared here, as written: to the library 00123 and 123 are the same.
const options = { prettyErrors: false, uniqueKeys: false } as const;

/** Replaces the parser's message if it would not help, or would show the source. */
const wordings: Readonly<Record<string, string>> = {
  BAD_DIRECTIVE: 'an unknown YAML directive',
  BAD_DQ_ESCAPE: 'an unknown YAML escape sequence',
  MULTIPLE_DOCS: 'a second document starts',
};

/** YAML 1.2 text → plain values. Duplicate keys and custom tags are problems, with line and column. */
export function parseDocumentText(text: string): ParsedDocument {
  return atOnce(parsingWhole(text));
}

/** Characters that are parsed at once, in some 5 ms. */
const usualPiece = 16 * 1024;

/** The same with pauses, and in less memory, for a text with very many accounts or domains. */
export function* parsingDocument(text: string, pieceLength = usualPiece): Turns<ParsedDocument> {
  const document = yield* parsingInPieces(text, pieceLength);
  // A problem is found again, with its line.
  return document === undefined ? yield* parsingWhole(text) : { ok: true, document };
}

function* parsingWhole(text: string): Turns<ParsedDocument> {
  const lineCounter = new LineCounter();
  const at = (offset: number, message: string): ConfigProblem => {
    const { line, col } = lineCounter.linePos(offset);
    return { path: '', message: `line ${line}, column ${col}: ${message}` };
  };
  try {
    const document = parseDocument(text, { lineCounter, ...options });
    if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) return tooDeeplyNested();
    const problems = [...document.errors, ...document.warnings].map(({ pos, code, message }) =>
      at(pos[0], wordings[code] ?? withoutSource(message)),
    );
    if (problems.length > 0) return { ok: false, problems };
    const fail = (node: Node, message: string) => problems.push(at(node.range?.[0] ?? 0, message));
    const { value, isTooLarge } = yield* plainValues(document.contents, { fail, piecesFor: () => null });
    if (isTooLarge) {
      const message = `expected at most ${mostValues} values with all aliases expanded, found more`;
      return { ok: false, problems: [{ path: '', message }] };
    }
    return problems.length > 0 ? { ok: false, problems } : { ok: true, document: value };
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

/** Why a text has to be parsed as a whole. */
class Uncertain extends Error {}

/** undefined: there is a problem in it, it can't be cut, or it is too short. */
function* parsingInPieces(text: string, pieceLength: number): Turns<unknown> {
  // A directive is for the whole document.
  if (/^%/m.test(text)) return undefined;
  yield;
  const name = unusedName(text);
  /** Those that are still to be found in the document. */
  const open = new Map<string, Cut>();
  const parse = (piece: Piece): Node | null => {
    const { rest, cuts } = cutText(text, piece, name, pieceLength);
    for (const [at, cut] of cuts) open.set(at, cut);
    const { contents, errors, warnings } = parseDocument(rest, options);
    if (errors.length > 0 || warnings.length > 0) throw new Uncertain();
    return contents;
  };
  function* mapsOf({ pieces }: Cut) {
    for (const piece of pieces) {
      const contents = parse(piece);
      if (!isMap(contents) || contents.flow === true || contents.anchor !== undefined) throw new Uncertain();
      yield contents.items;
    }
  }
  function* listsOf({ pieces }: Cut) {
    for (const piece of pieces) {
      const contents = parse(piece);
      if (!isSeq(contents) || contents.flow === true || contents.anchor !== undefined) throw new Uncertain();
      yield contents.items;
    }
  }
  const piecesFor = ({ value, type }: Scalar): Pieces | null => {
    const cut = type === 'PLAIN' && typeof value === 'string' ? open.get(value) : undefined;
    if (cut === undefined) return null;
    open.delete(String(value));
    return cut.is === 'map' ? { is: 'map', pieces: mapsOf(cut) } : { is: 'list', pieces: listsOf(cut) };
  };
  const fail = () => {
    throw new Uncertain();
  };
  try {
    const contents = parse({ start: 0, end: text.length });
    if (open.size === 0) return undefined;
    yield;
    const { value, isTooLarge } = yield* plainValues(contents, { fail, piecesFor });
    return isTooLarge || open.size > 0 ? undefined : value;
  } catch (error) {
    if (error instanceof Uncertain || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A plain scalar that does not occur in the text. */
function unusedName(text: string): string {
  let name = 'cut-';
  while (text.includes(name)) name += '-';
  return name;
}
