import { type Parsed, parsed, refused } from './parsed.ts';
import { quote } from './quote.ts';

/** `sha256/` and 44 base64 characters: SHA-256 over a certificate's SubjectPublicKeyInfo (RFC 7469, section 2.4). */
export type Pin = `sha256/${string}`;

/** Pins of one domain. Enough for any rotation, and bounds the work of each probe. */
export const mostPins = 100;

export const pinExpected = 'sha256/ and 44 base64 characters';

const pinForms =
  'accepted are sha256/ and 44 base64 characters, these 44 alone, 64 hex digits, and pin-sha256="…"';

/**
 * 43 digits carry 258 bits, and a hash has 256: in the canonical spelling, the last two bits are zero (RFC 4648,
 * section 3.5).
 */
const canonicalBase64 = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

/**
 * Reads a pin as `sha256/…`, bare base64, 64 hex digits or `pin-sha256="…"` (RFC 7469, section 2.1), ignoring white
 * space around it. The result is canonical, so pins can be compared as strings.
 */
export function parsePin(text: string): Parsed<Pin> {
  const trimmed = text.trim();
  const digest = withoutWrapping(trimmed);
  if (canonicalBase64.test(digest)) return parsed<Pin>(`sha256/${digest}`);
  const fromHex = digestOf(trimmed);
  if (fromHex !== null) return parsed<Pin>(`sha256/${fromHex}`);
  const hint = likelyMistake(trimmed, digest);
  return refused(`expected ${pinExpected}, found ${quote(trimmed)}${hint === null ? '' : `: ${hint}`}`);
}

function withoutWrapping(text: string): string {
  if (text.startsWith('sha256/')) return text.slice('sha256/'.length);
  // The closing quote has to match the opening one; both may be missing.
  const directive = /^pin-sha256\s*=\s*(["']?)([^"']*)\1\s*;?$/i.exec(text);
  return directive?.[2] ?? text;
}

/** What the text most likely is instead; null if unknown. */
function likelyMistake(text: string, digest: string): string | null {
  if (/^\/[A-Za-z0-9+/]{43}=$/.test(digest)) return 'write one slash after sha256, not two as curl does';
  if (/^[A-Za-z0-9+/]{43}=$/.test(digest)) return 'a SHA-256 hash cannot end with its last character';
  // OpenSSH's form. It encodes keys in its own way, so this is a different hash.
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(text)) return 'this is the fingerprint of an SSH key, not a pin';
  if (/^[A-Za-z0-9+/]{43}$/.test(digest)) return 'the = at its end is missing';
  if (/^[A-Za-z0-9_-]{43}=?$/.test(digest))
    return 'the URL-safe alphabet is not accepted: write + for - and / for _';
  // With what openssl writes before it: "SHA256 Fingerprint=".
  const [, prefix = '', hash = ''] = /^(sha-?256(?:\s*fingerprint)?[\s:=/-]+)?(.*)$/is.exec(text) ?? [];
  if (/^(?:[0-9a-f]{2}[:\s]){31}[0-9a-f]{2}$/i.test(hash)) {
    return 'hex in pairs is how the fingerprint of a certificate is written, but a pin is the hash of its key: "pinwatch pin from FILE" prints the pin (if this is the hash of a key, write only its digits)';
  }
  const meant = prefix === '' ? null : digestOf(hash);
  if (meant !== null) return `did you mean sha256/${meant}?`;
  const isPinLike = /^[A-Za-z0-9+/_-]{1,200}={0,4}$/.test(digest) && !/^sha-?1\//i.test(text);
  return isPinLike && (digest !== text || digest.length >= 20)
    ? `it has ${digest.length} characters; ${pinForms}`
    : null;
}

/** 32 octets in base64 or hex, as base64. */
function digestOf(text: string): string | null {
  if (canonicalBase64.test(text)) return text;
  return /^[0-9a-fA-F]{64}$/.test(text) ? base64FromHex(text) : null;
}

/** The canonical pin of a hash that is given as 64 hex digits. */
export function pinFromHex(hex: string): Pin {
  return `sha256/${base64FromHex(hex)}`;
}

function base64FromHex(hex: string): string {
  let bytes = '';
  for (let at = 0; at < hex.length; at += 2) {
    bytes += String.fromCharCode(Number.parseInt(hex.slice(at, at + 2), 16));
  }
  return btoa(bytes);
}
