/**
 * XML as a tree with the offset of each element. Strict: well formed, no entities but the five of XML itself, and no
 * internal DTD subset, which is where others would be declared.
 */
import { SaxesParser } from 'saxes';
import { onOneLine } from '../../../core/quote.ts';
import { type Offset, Unreadable } from '../remarks.ts';

export interface XmlElement {
  /** Without a prefix. */
  readonly name: string;
  /** Of its `<`. */
  readonly at: Offset;
  /** Those without a namespace. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Elements, and texts that are not only white space; comments don't divide a text. */
  readonly content: readonly (XmlElement | XmlText)[];
}

export interface XmlText {
  readonly at: Offset;
  readonly text: string;
}

/** Enough for any file that a person writes. Readers may recurse that deep, and need less than 50 ms for so many. */
const deepest = 100;
const mostParts = 25_000;
const longestTag = 65_536;

interface OpenElement extends XmlElement {
  readonly content: (XmlElement | { readonly at: Offset; text: string })[];
}

/** The root element. Throws Unreadable. */
export function readXml(text: string): XmlElement {
  checkTags(text);
  const parser = new SaxesParser({ xmlns: true });
  const open: OpenElement[] = [];
  let root: OpenElement | undefined;
  let tagStart = 0;
  let afterLast = 0;
  let parts = 0;
  const here = () => Math.min(Math.max(0, parser.position - 1), text.length);
  const count = () => {
    parts += 1;
    if (parts > mostParts)
      throw new Unreadable(tagStart, `expected at most ${mostParts} elements and attributes`);
  };
  parser.on('attribute', count);
  parser.on('error', ({ message }) => {
    throw new Unreadable(here(), `not well-formed XML: ${shown(message.replace(/^\d+:\d+: /, ''))}`);
  });
  parser.on('doctype', (doctype) => {
    if (doctype.includes('[')) throw new Unreadable(here(), 'a DTD subset is not accepted');
  });
  parser.on('opentagstart', ({ name }) => {
    // The parser has read the name and the character after it.
    tagStart = parser.position - name.length - 2;
    count();
  });
  parser.on('opentag', ({ local, attributes }) => {
    if (open.length >= deepest)
      throw new Unreadable(tagStart, `expected at most ${deepest} elements inside each other`);
    const own = Object.values(attributes).filter(({ uri }) => uri === '');
    const element: OpenElement = {
      name: local,
      at: tagStart,
      attributes: new Map(own.map((attribute) => [attribute.local, attribute.value])),
      content: [],
    };
    open.at(-1)?.content.push(element);
    root ??= element;
    open.push(element);
    afterLast = parser.position;
  });
  parser.on('closetag', () => {
    open.pop();
    afterLast = parser.position;
  });
  const takeText = (found: string) => {
    const content = open.at(-1)?.content;
    const last = content?.at(-1);
    if (last !== undefined && 'text' in last) last.text += found;
    else if (found.trim() !== '') content?.push({ at: afterLast + found.search(/\S/), text: found });
  };
  parser.on('text', takeText);
  parser.on('cdata', takeText);
  parser.write(text).close();
  if (root === undefined) throw new Unreadable(0, 'not well-formed XML: no element');
  return root;
}

/** The parser takes long tags, instructions and CDATA character by character. */
function checkTags(text: string): void {
  for (let open = text.indexOf('<'); open !== -1; ) {
    const close = text.indexOf('>', open);
    if ((close === -1 ? text.length : close) - open > longestTag)
      throw new Unreadable(open, 'expected ">" within 64 KiB of "<"');
    open = close === -1 ? -1 : text.indexOf('<', close);
  }
}

/** The parser quotes names, which may be of any length and content. */
function shown(message: string): string {
  const cut = message.slice(0, 200);
  return onOneLine(cut.length < message.length ? `${cut}…` : cut);
}

/** The elements in it; texts between them are skipped. */
export function elementsOf({ content }: XmlElement): XmlElement[] {
  return content.filter((one) => 'name' in one);
}
