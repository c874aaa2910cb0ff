/**
 * Strict base64 of both alphabets (RFC 4648): nothing but the alphabet, no impossible length, unused bits zero. So each
 * text has one reading, and each sequence of bytes has one text.
 */
const urlAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const digits = new Map([...urlAlphabet].map((character, value) => [character, value]));

/** The bytes of base64url without padding (RFC 7515, section 2); null if the text is not exactly that. */
export function fromBase64Url(text: string): Uint8Array | null {
  if (text.length % 4 === 1) return null;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let pending = 0;
  let at = 0;
  for (const character of text) {
    const value = digits.get(character);
    if (value === undefined) return null;
    bits = (bits << 6) | value;
    pending += 6;
    if (pending < 8) continue;
    pending -= 8;
    bytes[at] = bits >> pending;
    at += 1;
    bits &= (1 << pending) - 1;
  }
  return bits === 0 ? bytes : null;
}

export function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(at, at + 3);
    const bits = (first << 16) | (second << 8) | third;
    for (const shift of [18, 12, 6, 0]) text += urlAlphabet[(bits >> shift) & 63];
  }
  return text.slice(0, Math.ceil((bytes.length * 4) / 3));
}

/** The bytes of ordinary base64 with its padding; null if the text is not exactly that. */
export function fromBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0 || /[-_]/.test(text)) return null;
  const unpadded = text.replace(/={1,2}$/, '');
  return fromBase64Url(unpadded.replace(/\+/g, '-').replace(/\//g, '_'));
}

export function toBase64(bytes: Uint8Array): string {
  const digits = toBase64Url(bytes).replace(/-/g, '+').replace(/_/g, '/');
  return digits + '='.repeat((4 - (digits.length % 4)) % 4);
}
