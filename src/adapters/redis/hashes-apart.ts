/**
 * Takes SHA-256 hashes out of JSON: as text no deflate makes them shorter than 43 or 48 bytes, and a record has two for
 * each certificate. In the text each becomes a control character, which JSON has only escaped, and its number.
 */
const pin = '\u0001';
const hex = '\u0002';
const bytesEach = 32;

/** A pin in its canonical form, or 64 hex digits in quotes. */
const hashes = /sha256\/([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)|"([0-9a-f]{64})"/g;

/** A number is one of these, so that it is one character. Further hashes stay in the text. */
const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export interface Apart {
  readonly text: string;
  /** 32 bytes each, by number. */
  readonly hashes: readonly Buffer[];
}

export function apart(json: string): Apart {
  const numbers = new Map<string, number>();
  const found: Buffer[] = [];
  const text = json.replace(hashes, (whole, base64: string | undefined, digest: string | undefined) => {
    let number = numbers.get(whole);
    if (number === undefined) {
      if (found.length === digits.length) return whole;
      number = found.length;
      numbers.set(whole, number);
      found.push(base64 === undefined ? Buffer.from(digest ?? '', 'hex') : Buffer.from(base64, 'base64'));
    }
    return base64 === undefined ? `"${hex}${digits[number]}"` : `${pin}${digits[number]}`;
  });
  return { text, hashes: found };
}

/** Throws a TypeError if a hash is missing. */
export function together({ text, hashes: known }: Apart): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has them only escaped.
  return text.replace(/([\u0001\u0002])(.?)/gs, (_, kind: string, digit: string) => {
    const bytes = digit === '' ? undefined : known[digits.indexOf(digit)];
    if (bytes === undefined) throw new TypeError('expected a hash, found none');
    return kind === pin ? `sha256/${bytes.toString('base64')}` : bytes.toString('hex');
  });
}

/** Their number, then the bytes of each. */
export function hashBytes(known: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([known.length]), ...known]);
}

/** What `hashBytes` has made, and how many bytes it takes. */
export function readHashes(bytes: Buffer): { readonly hashes: Buffer[]; readonly length: number } {
  const count = bytes[0] ?? 0;
  const hashes = Array.from({ length: count }, (_, at) =>
    bytes.subarray(1 + at * bytesEach, 1 + (at + 1) * bytesEach),
  );
  return { hashes, length: 1 + count * bytesEach };
}
