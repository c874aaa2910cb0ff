/**
 * Cuts the long collections out of a configuration in YAML, so that they can be parsed piece by piece: the parser needs
 * 8 KB of memory for each domain, and runs in one turn. What is cut out are the accounts, and an account's domains.
 *
 * Whether it may be cut there shows only when everything is parsed. A line that is indented like the first entry and
 * starts another one always ends what is before it: a block scalar and a plain one are indented further, and in quotes
 * or brackets the piece before the line is no YAML. A key within a scalar leaves the name that replaces its collection in
 * the middle of a text, where nobody finds it. In all these cases the text has to be parsed as a whole.
 */

export interface Cut {
  readonly is: 'map' | 'list';
  /** Whole entries, in order, with their indentation. */
  readonly pieces: readonly Piece[];
}

/** A part of the text, from one offset to another. */
export interface Piece {
  readonly start: number;
  readonly end: number;
}

export interface CutText {
  /** The text with a name in place of each collection that was cut out. */
  readonly rest: string;
  readonly cuts: ReadonlyMap<string, Cut>;
}

/**
 * Cuts the part of the text from `start` to `end`, in which `name` does not occur. A piece has `pieceLength` characters, or
 * a single entry; a collection that is shorter stays where it is.
 */
export function cutText(text: string, { start, end }: Piece, name: string, pieceLength: number): CutText {
  const cuts = new Map<string, Cut>();
  const kept: string[] = [];
  let keptTo = start;
  for (let at = start; at < end; ) {
    const next = lineEnd(text, at, end);
    const is = keyOf(text, at, next);
    const cut =
      is === null ? null : collectionAt(text, { start: next, end }, indentOf(text, at), is, pieceLength);
    const [first, last] = [cut?.pieces[0], cut?.pieces.at(-1)];
    if (cut === null || first === undefined || last === undefined) {
      at = next;
      continue;
    }
    const one = `${name}${start}-${cuts.size}`;
    cuts.set(one, cut);
    kept.push(text.slice(keptTo, first.start), `${' '.repeat(indentOf(text, at) + 1)}${one}\n`);
    keptTo = last.end;
    at = last.end;
  }
  kept.push(text.slice(keptTo, end));
  return { rest: kept.join(''), cuts };
}

/** The collection under the key in this line, if it is one that may be long. */
function keyOf(text: string, start: number, end: number): Cut['is'] | null {
  const at = start + indentOf(text, start);
  if (at === start && isKey(text, 'accounts:', at, end)) return 'map';
  return isKey(text, 'domains:', at, end) ? 'list' : null;
}

function isKey(text: string, key: string, at: number, end: number): boolean {
  return text.startsWith(key, at) && /^[ \t]*(?:[ \t]#.*)?\r?\n$/.test(text.slice(at + key.length, end));
}

/** The block collection that begins after a key; null if there is none, or only a short one. */
function collectionAt(
  text: string,
  { start, end }: Piece,
  keyIndent: number,
  is: Cut['is'],
  pieceLength: number,
): Cut | null {
  const pieces: { start: number; end: number }[] = [];
  let indent: number | null = null;
  let at = start;
  while (at < end) {
    const next = lineEnd(text, at, end);
    const before = indentOf(text, at);
    const first = text[at + before];
    if (first === '\n' || first === '\r' || first === '#' || first === undefined) {
      at = next;
      continue;
    }
    // It may belong to a block scalar, or not.
    if (first === '\t') return null;
    indent ??= before;
    if (before < indent || indent < keyIndent || (is === 'map' && indent === keyIndent)) break;
    if (before === indent) {
      const isItem = first === '-' && /\s/.test(text[at + before + 1] ?? ' ');
      if (is === 'list') {
        if (!isItem) break;
      } else if (isItem ? pieces.length === 0 : !/[\w"'.<]/.test(first)) return null;
      const current = pieces.at(-1);
      if (current === undefined) pieces.push({ start: at, end: next });
      // A list may be indented like its key: its items are no entries of the map.
      else if (at - current.start >= pieceLength && (is === 'list' || !isItem)) {
        current.end = at;
        pieces.push({ start: at, end: next });
      }
    }
    at = next;
  }
  const last = pieces.at(-1);
  if (last === undefined) return null;
  last.end = at;
  return last.end - (pieces[0]?.start ?? 0) < pieceLength ? null : { is, pieces };
}

function lineEnd(text: string, start: number, end: number): number {
  const newline = text.indexOf('\n', start);
  return newline === -1 || newline >= end ? end : newline + 1;
}

function indentOf(text: string, start: number): number {
  let at = start;
  while (text[at] === ' ') at += 1;
  return at - start;
}
