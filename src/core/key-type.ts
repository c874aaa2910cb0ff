import type { KeyType } from './observation.ts';

/** The type of a key by its label for people, such as `EC P-256`; null: no server presents such a key in a handshake. */
export function keyTypeOf(label: string): KeyType | null {
  if (/^EC\b/.test(label)) return 'ecdsa';
  if (/^RSA\b/.test(label)) return 'rsa';
  return label === 'Ed25519' || label === 'Ed448' ? 'eddsa' : null;
}
