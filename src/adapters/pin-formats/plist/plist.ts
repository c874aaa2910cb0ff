/** XML property lists (Apple's PropertyList-1.0.dtd), as a tree with offsets. Strict: what the DTD has not is refused. */
import { quote } from '../../../core/quote.ts';
import { type Offset, Unreadable } from '../remarks.ts';
import { readXml, type XmlElement } from '../xml/xml-tree.ts';

export type PlistValue = { readonly at: Offset } & (
  | { readonly is: 'dictionary'; readonly entries: ReadonlyMap<string, PlistEntry> }
  | { readonly is: 'array'; readonly items: readonly PlistValue[] }
  | { readonly is: 'string'; readonly text: string }
  | { readonly is: 'boolean'; readonly value: boolean }
  | { readonly is: 'number'; readonly value: number }
  | { readonly is: 'date' | 'data'; readonly text: string }
);

export interface PlistEntry {
  /** Of the key. */
  readonly at: Offset;
  readonly value: PlistValue;
}

export type PlistDictionary = Extract<PlistValue, { is: 'dictionary' }>;

/** The value of a whole list, or of a `dict` that was cut out of one. Throws Unreadable. */
export function readPlist(text: string): PlistValue {
  const root = readXml(text);
  if (root.name !== 'plist') return plistValue(root);
  const [only, second] = onlyElements(root);
  if (only === undefined) throw new Unreadable(root.at, 'expected a value in <plist>, found none');
  if (second !== undefined) throw new Unreadable(second.at, 'expected one value in <plist>, found two');
  return plistValue(only);
}

function plistValue(element: XmlElement): PlistValue {
  const { name, at } = element;
  switch (name) {
    case 'dict':
      return { at, is: 'dictionary', entries: entriesOf(element) };
    case 'array':
      return { at, is: 'array', items: onlyElements(element).map(plistValue) };
    case 'string':
    case 'date':
    case 'data':
      return { at, is: name, text: textOf(element) };
    case 'integer':
    case 'real':
      return { at, is: 'number', value: numberOf(element) };
    case 'true':
    case 'false':
      if (element.content.length > 0) throw new Unreadable(at, `expected <${name}/>, found something in it`);
      return { at, is: 'boolean', value: name === 'true' };
    default:
      throw new Unreadable(at, `a property list has no <${quote(name).slice(1, -1)}>`);
  }
}

function entriesOf(dictionary: XmlElement): Map<string, PlistEntry> {
  const entries = new Map<string, PlistEntry>();
  const parts = onlyElements(dictionary);
  for (let index = 0; index < parts.length; index += 2) {
    const [key, value] = [parts[index] as XmlElement, parts[index + 1]];
    if (key.name !== 'key')
      throw new Unreadable(key.at, `expected <key>, found <${quote(key.name).slice(1, -1)}>`);
    const name = textOf(key);
    if (value === undefined || value.name === 'key')
      throw new Unreadable(key.at, `expected a value for ${quote(name)}, found none`);
    if (entries.has(name))
      throw new Unreadable(key.at, `the key ${quote(name)} stands twice in one dictionary`);
    entries.set(name, { at: key.at, value: plistValue(value) });
  }
  return entries;
}

function onlyElements({ name, content }: XmlElement): XmlElement[] {
  return content.map((one) => {
    if ('name' in one) return one;
    throw new Unreadable(one.at, `expected no text in <${name}>, found ${quote(one.text.trim())}`);
  });
}

function textOf({ name, content }: XmlElement): string {
  const [only, second] = content;
  if (only === undefined) return '';
  const wrong = 'name' in only ? only : second;
  if (wrong !== undefined) throw new Unreadable(wrong.at, `expected a text in <${name}>, found an element`);
  return 'text' in only ? only.text : '';
}

/** `+7` and `0x1f` are numbers as well. */
function numberOf(element: XmlElement): number {
  const text = textOf(element).trim();
  const value = Number(text);
  if (text === '' || Number.isNaN(value))
    throw new Unreadable(element.at, `expected a number, found ${quote(text)}`);
  return value;
}
