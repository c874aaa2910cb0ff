/** The few DER constructors that a certificate needs, over node-forge's ASN.1 builder. */
import forge from 'node-forge';

const { asn1 } = forge;
type Asn1 = forge.asn1.Asn1;
const { UNIVERSAL, CONTEXT_SPECIFIC } = asn1.Class;

// node-forge keeps bytes in strings, one char code from 0 to 255 per byte.
const binary = (bytes: Buffer): string => bytes.toString('latin1');

export const encode = (value: Asn1): Buffer => Buffer.from(asn1.toDer(value).getBytes(), 'latin1');

// node-forge has had these options since 0.10; its type declarations only know the older, boolean form.
const fromDer = asn1.fromDer as unknown as (
  bytes: string,
  options: { strict: boolean; parseAllBytes: boolean; decodeBitStrings: boolean },
) => Asn1;

/** Reads DER so that encode() gives the same bytes again: bit strings stay opaque. */
export const decode = (der: Buffer): Asn1 =>
  fromDer(binary(der), { strict: true, parseAllBytes: true, decodeBitStrings: false });

export const sequence = (...items: Asn1[]): Asn1 => asn1.create(UNIVERSAL, asn1.Type.SEQUENCE, true, items);
/** SET OF: DER sorts the elements by their encoding (X.690 section 11.6). */
export const setOf = (...items: Asn1[]): Asn1 =>
  asn1.create(
    UNIVERSAL,
    asn1.Type.SET,
    true,
    items.toSorted((a, b) => Buffer.compare(encode(a), encode(b))),
  );
export const nil = (): Asn1 => asn1.create(UNIVERSAL, asn1.Type.NULL, false, '');
export const bool = (value: boolean): Asn1 =>
  asn1.create(UNIVERSAL, asn1.Type.BOOLEAN, false, value ? '\xff' : '\0');
export const oid = (dotted: string): Asn1 =>
  asn1.create(UNIVERSAL, asn1.Type.OID, false, asn1.oidToDer(dotted).getBytes());
export const octets = (bytes: Buffer): Asn1 =>
  asn1.create(UNIVERSAL, asn1.Type.OCTETSTRING, false, binary(bytes));
export const bits = (bytes: Buffer, unused = 0): Asn1 =>
  asn1.create(UNIVERSAL, asn1.Type.BITSTRING, false, String.fromCharCode(unused) + binary(bytes));

/** A non-negative integer. */
export function integer(value: number | bigint): Asn1 {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const unsigned = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  return asn1.create(UNIVERSAL, asn1.Type.INTEGER, false, binary(unsigned));
}

/** `[tag] EXPLICIT` around one value. */
export const explicit = (tag: number, value: Asn1): Asn1 => asn1.create(CONTEXT_SPECIFIC, tag, true, [value]);
/** `[tag]` around several values: a constructed type under an implicit tag. */
export const constructed = (tag: number, ...values: Asn1[]): Asn1 =>
  asn1.create(CONTEXT_SPECIFIC, tag, true, values);
/** `[tag] IMPLICIT` over a primitive value's bytes. */
export const implicit = (tag: number, bytes: Buffer): Asn1 =>
  asn1.create(CONTEXT_SPECIFIC, tag, false, binary(bytes));

/** A time as in RFC 5280 section 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050 on. */
export function time(date: Date): Asn1 {
  const year = date.getUTCFullYear();
  return year >= 1950 && year <= 2049
    ? asn1.create(UNIVERSAL, asn1.Type.UTCTIME, false, asn1.dateToUtcTime(date))
    : asn1.create(UNIVERSAL, asn1.Type.GENERALIZEDTIME, false, asn1.dateToGeneralizedTime(date));
}

export type StringKind = 'utf8' | 'printable' | 'ia5' | 'teletex' | 'bmp';

/** A directory string of the given kind. The bytes of a Buffer are written as they are, even if they don't fit it. */
export function text(kind: StringKind, value: string | Buffer): Asn1 {
  const bytes = typeof value === 'string' ? textBytes(kind, value) : value;
  return asn1.create(UNIVERSAL, STRING_TAGS[kind], false, binary(bytes));
}

// TeletexString (T61String) is tag 20, which node-forge has no name for.
const STRING_TAGS: Readonly<Record<StringKind, number>> = {
  utf8: 12,
  printable: 19,
  teletex: 20,
  ia5: 22,
  bmp: 30,
};

function textBytes(kind: StringKind, value: string): Buffer {
  switch (kind) {
    case 'utf8':
      return Buffer.from(value, 'utf8');
    case 'printable':
    case 'ia5':
    case 'teletex':
      return Buffer.from(value, 'latin1');
    case 'bmp':
      return Buffer.from(value, 'utf16le').swap16();
    default:
      return kind satisfies never;
  }
}
