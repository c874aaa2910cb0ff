/** The lists of string literals in Dart source. JSON is read by the same rules, as its strings are literals of Dart. */
import type { Offset } from '../remarks.ts';

export interface ListItem {
  readonly at: Offset;
  /** null: it is not a literal, or has a part that is only known when the app runs. */
  readonly text: string | null;
}

export interface DartList {
  readonly at: Offset;
  readonly items: readonly ListItem[];
}

const token =
  /\/\/[^\n]*|\/\*.*?(?:\*\/|$)|r?'''.*?(?:'''|$)|r?""".*?(?:"""|$)|r'[^'\n]*'?|r"[^"\n]*"?|'(?:[^'\\\n]|\\.)*'?|"(?:[^"\\\n]|\\.)*"?|[[\],]|[^\s[\],'"/]+|\//gs;

/** Lists that have at least one string in them, the innermost alone. Takes time in proportion to the source. */
export function dartLists(source: string): DartList[] {
  const lists: DartList[] = [];
  const open: { at: Offset; items: ListItem[]; item: ListItem | null; isInner: boolean }[] = [];
  const close = () => {
    const list = open.pop();
    if (list === undefined) return;
    if (list.item !== null) list.items.push(list.item);
    const outer = open.at(-1);
    if (outer !== undefined) outer.isInner = false;
    if (list.isInner && list.items.some(({ text }) => text !== null))
      lists.push({ at: list.at, items: list.items });
  };
  for (const { 0: text, index: at } of source.matchAll(token)) {
    if (text.startsWith('//') || text.startsWith('/*')) continue;
    const list = open.at(-1);
    if (text === '[') open.push({ at, items: [], item: null, isInner: true });
    else if (text === ']') close();
    else if (list === undefined) continue;
    else if (text === ',') {
      if (list.item !== null) list.items.push(list.item);
      list.item = null;
    } else list.item = joined(list.item, { at, text: literalOf(text) });
  }
  return lists;
}

/** Literals side by side are one. */
function joined(before: ListItem | null, next: ListItem): ListItem {
  if (before === null) return next;
  return { at: before.at, text: before.text === null || next.text === null ? null : before.text + next.text };
}

function literalOf(text: string): string | null {
  const [, raw, quotes = '', body = ''] = /^(r?)('''|"""|'|")(.*)\2$/s.exec(text) ?? [];
  if (raw === undefined || quotes === '') return null;
  if (raw === 'r') return body;
  if (/(?<!\\)\$/.test(body)) return null;
  return body.replace(/\\(?:u([0-9A-Fa-f]{4})|(.))/gs, (_whole, hex: string | undefined, one: string) =>
    hex === undefined ? one : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
