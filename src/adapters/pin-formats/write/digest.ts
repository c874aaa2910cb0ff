import type { PinHash } from '../../../core/pin-hash.ts';

/** The base64 of a hash, without what says of which thing it is. */
export function base64Of(hash: PinHash): string {
  return hash.slice(hash.indexOf('/') + 1);
}

/** `AA:BB:…`, as openssl prints fingerprints. */
export function colonHexOf(hash: PinHash): string {
  const bytes = [...atob(base64Of(hash))].map((character) => character.charCodeAt(0));
  return bytes.map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
}
