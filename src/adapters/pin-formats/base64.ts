/**
 * Base64 as each of the libraries reads it that enforce pins. They differ in what they let pass, and a pin that one of
 * them takes is in force.
 */
import type { Pin } from '../../core/pin.ts';

const sha256Bytes = 32;

/** `ByteString.decodeBase64` of Okio: no padding needed, white space and the URL-safe alphabet accepted. */
export function decodeAsOkio(text: string): Buffer | null {
  const digits = withoutPadding(text).replace(/[\n\r \t]/g, '');
  return /^[A-Za-z0-9+/_-]*$/.test(digits) && digits.length % 4 !== 1 ? Buffer.from(digits, 'base64') : null;
}

function withoutPadding(text: string): string {
  let end = text.length;
  while (end > 0 && '=\n\r \t'.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** `android.util.Base64.decode(text, DEFAULT)`: skips whatever is not of its alphabet; padding may be left out whole. */
export function decodeAsAndroid(text: string): Buffer | null {
  const known = text.replace(/[^A-Za-z0-9+/=]/g, '');
  const [, digits = '', padding = ''] = /^([A-Za-z0-9+/]*)(=*)$/.exec(known) ?? [text, '', 'none'];
  const complete = (4 - (digits.length % 4)) % 4;
  if (complete === 3 || (padding !== '' && padding.length !== complete)) return null;
  return Buffer.from(digits, 'base64');
}

/** `NSData(base64Encoded:)` without options: nothing but the alphabet, and the padding that belongs to it. */
export function decodeAsFoundation(text: string): Buffer | null {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, 'base64') : null;
}

/** null if the digest has not the length of SHA-256. */
export function pinOfDigest(digest: Buffer): Pin | null {
  return digest.length === sha256Bytes ? `sha256/${digest.toString('base64')}` : null;
}
