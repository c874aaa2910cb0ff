/**
 * Distinguished names as text (RFC 4514). A server chooses every octet of them, and they end up in terminals, mails and
 * logs. So the text is bounded and well-formed, without characters that move or hide others.
 */
import forge from 'node-forge';
import { children, DecodeProblem, type Element, expect, oidText, tags } from './der.ts';

const MAX_CHARACTERS = 256;

/** Enough of one value for `MAX_CHARACTERS`: no encoding takes more than four octets per character. */
const SHOWN_OCTETS = 4 * MAX_CHARACTERS + 4;

/** Short names: RFC 4514 section 3, RFC 4519 section 2, and two that certificates use (RFC 5280, ETSI EN 319 412-1). */
const TYPES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'sn',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.15': 'businessCategory',
  '2.5.4.16': 'postalAddress',
  '2.5.4.17': 'postalCode',
  '2.5.4.42': 'givenName',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

/** A Name as an RFC 4514 string of at most 256 characters, ending with `…` if it was cut. Throws DecodeProblem. */
export function nameText(name: Uint8Array): string {
  // Atoms are whole escapes or code points, so that neither is ever cut in two. Joined at the end: a string grown by
  // `+=` stays a tree of its parts, which takes ten times the memory, and names are kept for a long time.
  const shown: string[] = [];
  let length = 0;
  let keep = 0;
  for (const atom of atoms(name)) {
    if (length + atom.length > MAX_CHARACTERS) return `${shown.slice(0, keep).join('')}…`;
    shown.push(atom);
    length += atom.length;
    if (length < MAX_CHARACTERS) keep = shown.length;
  }
  return shown.join('');
}

/** Longer names are compared only by their octets. */
const MAX_KEY_BYTES = 4096;

/**
 * Equal for two Names that are the same under RFC 5280 section 7.1 as OpenSSL reads it: ignoring string type, ASCII
 * case and white space. CAs do write an issuer in another string type than the issuer's own subject.
 */
export function nameKey(name: Uint8Array): string {
  return relativeNameKeys(name)?.join(',') ?? `raw:${latin1(name)}`;
}

/** `nameKey` for each RelativeDistinguishedName, in the order of the encoding; null for a longer name. */
export function relativeNameKeys(name: Uint8Array): string[] | null {
  if (name.length > MAX_KEY_BYTES) return null;
  return relativeNames(name).map((rdn) => Array.from(attributes(name, rdn), attributeKey).sort().join('+'));
}

const emailAddress = '1.2.840.113549.1.9.1';
const commonNameType = '2.5.4.3';

/** The mail addresses in a Name, which are used if there are no alternative names (RFC 5280, section 4.2.1.10). */
export function mailAddresses(name: Uint8Array): string[] {
  const found = relativeNames(name).flatMap((rdn) => [...attributes(name, rdn)]);
  return found
    .filter(({ type }) => type === emailAddress)
    .map(({ value, ber }) => valueText(value, ber.length) ?? '');
}

/**
 * The most specific common name, of at most 256 characters; null for none. Pins that name a certificate by it compare it
 * exactly, so a longer one is none.
 */
export function commonNameOf(name: Uint8Array): string | null {
  if (name.length > MAX_KEY_BYTES) return null;
  const found = relativeNames(name)
    .flatMap((rdn) => [...attributes(name, rdn)])
    .findLast(({ type }) => type === commonNameType);
  const text = found === undefined ? null : valueText(found.value, SHOWN_OCTETS);
  return text !== null && text.length <= MAX_CHARACTERS ? text : null;
}

function attributeKey({ type, value, ber }: Attribute): string {
  const text = valueText(value, ber.length);
  if (text === null) return `${type}=#${latin1(ber)}`;
  const folded = text
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  return `${type}=${JSON.stringify(folded)}`;
}

/** RFC 4514, section 2: the last RDN comes first. Lazy, so that a name of 60 KB is read only as far as it is shown. */
function* atoms(name: Uint8Array): Generator<string> {
  let separator = '';
  for (const rdn of relativeNames(name).reverse()) {
    for (const { type, value, ber } of attributes(name, rdn)) {
      yield separator;
      const shortName = TYPES[type];
      yield* `${shortName ?? type}=`;
      // A dotted type's value is always the hexadecimal form (RFC 4514, section 2.4).
      const text = shortName === undefined ? null : valueText(value, SHOWN_OCTETS);
      if (text === null) yield* hexAtoms(ber.subarray(0, SHOWN_OCTETS));
      else yield* textAtoms(text);
      separator = '+';
    }
    separator = ',';
  }
}

function* hexAtoms(ber: Uint8Array): Generator<string> {
  yield '#';
  for (const octet of ber) yield hexPair(octet);
}

/** Control and format characters (bidirectional and zero-width ones are among these), line and paragraph separators. */
const INVISIBLE = /^[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]$/u;
const SPECIAL = new Set([...'"+,;<>\\']);

function* textAtoms(text: string): Generator<string> {
  const points = [...text];
  for (const [index, point] of points.entries()) {
    const isFirst = index === 0;
    const isLast = index === points.length - 1;
    if (SPECIAL.has(point) || (isFirst && point === '#') || ((isFirst || isLast) && point === ' ')) {
      yield `\\${point}`;
    } else if (INVISIBLE.test(point)) {
      yield [...Buffer.from(point, 'utf8')].map((octet) => `\\${hexPair(octet)}`).join('');
    } else {
      yield isSurrogate(point) ? '\ufffd' : point;
    }
  }
}

const hexPair = (octet: number): string => octet.toString(16).padStart(2, '0').toUpperCase();

/** When a string is iterated by code points, a surrogate stands alone only if its other half is missing. */
const isSurrogate = (point: string): boolean => point.length === 1 && point >= '\ud800' && point <= '\udfff';

interface Attribute {
  /** Dotted. */
  readonly type: string;
  readonly value: forge.asn1.Asn1;
  /** The value's raw encoding. */
  readonly ber: Uint8Array;
}

/** The RelativeDistinguishedNames of a Name, in the order of the encoding. */
function relativeNames(name: Uint8Array): Element[] {
  const outer = expect(name, 0, name.length, tags.sequence, 'Name');
  return children(name, outer, 'RelativeDistinguishedName');
}

function* attributes(name: Uint8Array, rdn: Element): Generator<Attribute> {
  if (rdn.tag !== tags.set) throw new DecodeProblem('RelativeDistinguishedName: expected a SET');
  for (const attribute of children(name, rdn, 'AttributeTypeAndValue')) {
    const { tag, content, end } = attribute;
    if (tag !== tags.sequence) throw new DecodeProblem('AttributeTypeAndValue: expected a SEQUENCE');
    const type = expect(name, content, end, tags.oid, 'AttributeType');
    yield {
      type: oidText(name.subarray(type.content, type.end)),
      value: readValue(name.subarray(type.end, end)),
      ber: name.subarray(type.end, end),
    };
  }
}

// The options are node-forge's own since 0.10; its type declarations only know the older, boolean form.
const fromDer = forge.asn1.fromDer as unknown as (
  bytes: string,
  options: { strict: boolean; parseAllBytes: boolean; decodeBitStrings: boolean },
) => forge.asn1.Asn1;

/** node-forge bounds the depth to 256; the worst 60 KB that fit into a certificate take it 15 ms. */
function readValue(ber: Uint8Array): forge.asn1.Asn1 {
  try {
    return fromDer(latin1(ber), { strict: true, parseAllBytes: true, decodeBitStrings: false });
  } catch (error) {
    throw new DecodeProblem('AttributeValue: cannot be read', { cause: error });
  }
}

/** The first `octets` of a string value as text; null if it is not a string. Octets that are not text become U+FFFD. */
function valueText({ tagClass, type, constructed, value }: forge.asn1.Asn1, octets: number): string | null {
  if (tagClass !== forge.asn1.Class.UNIVERSAL || constructed || typeof value !== 'string') return null;
  // One char code per octet, except for a BMPString, where node-forge has joined them into UTF-16 units.
  const shown = value.slice(0, octets);
  switch (Number(type)) {
    case 12: // UTF8String
      return Buffer.from(shown, 'latin1').toString('utf8');
    case 18: // NumericString
    case 19: // PrintableString
    case 22: // IA5String
    case 26: // VisibleString
      return shown.replace(/[\x80-\xff]/g, '\ufffd');
    case 20: // TeletexString: Latin-1 in practice
    case 30: // BMPString
      return shown;
    case 28: // UniversalString
      return utf32(Buffer.from(shown, 'latin1'));
    default:
      return null;
  }
}

function utf32(octets: Buffer): string {
  let text = '';
  for (let at = 0; at < octets.length; at += 4) {
    const point = at + 4 <= octets.length ? octets.readUInt32BE(at) : 0xfffd;
    text += point > 0x10ffff ? '\ufffd' : String.fromCodePoint(point);
  }
  return text;
}

/** node-forge keeps octets in strings, one char code per octet. */
function latin1(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1');
}
