/** What Wultra signs of each certificate, and with which kind of key. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';

/** The start of the SubjectPublicKeyInfo of an uncompressed point on P-256, in DER. */
const p256Header = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
const pointBytes = 65;

/** A key as PEM, or as the base64 of its point, as the SDK is given it; null if it is neither. */
export function wultraKey(text: string): KeyObject | null {
  const trimmed = text.trim();
  try {
    if (trimmed.startsWith('-----')) return createPublicKey(trimmed);
    const point = Buffer.from(trimmed, 'base64');
    if (point.length !== pointBytes) return null;
    return createPublicKey({ key: Buffer.concat([p256Header, point]), format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}

export interface SignedEntry {
  readonly name: string;
  /** The SHA-256 of a certificate. */
  readonly fingerprint: Buffer;
  /** Seconds since the epoch. */
  readonly expires: number;
  /** DER. */
  readonly signature: Buffer;
}

/** Name, fingerprint and end in this order; the tool's README has the last two the other way round. */
export function isSignedBy(key: KeyObject, { name, fingerprint, expires, signature }: SignedEntry): boolean {
  const signed = `${name}&${fingerprint.toString('base64')}&${expires}`;
  try {
    return verify('sha256', Buffer.from(signed), key, signature);
  } catch {
    return false;
  }
}
