/** The keys of TLS 1.2 (RFC 5246, sections 5, 6.3 and 8.1) for suites with AES-128-GCM and SHA-256. */
import type { TrafficKeys } from './key-schedule.ts';
import { type HmacKey, hmac, hmacKey, hmacKeyOf } from './sha256.ts';
import { writeWords } from './words.ts';

/** What each output is for. */
const labels = {
  master: Buffer.from('master secret', 'latin1'),
  extendedMaster: Buffer.from('extended master secret', 'latin1'),
  keyExpansion: Buffer.from('key expansion', 'latin1'),
  client: Buffer.from('client finished', 'latin1'),
  server: Buffer.from('server finished', 'latin1'),
};

/** `seed` is both randoms, or the hash of the session for an extended master secret (RFC 7627, section 4). */
export function masterSecret(shared: Uint8Array, isExtended: boolean, seed: Uint8Array): HmacKey {
  return hmacKeyOf(expand(hmacKey(shared), isExtended ? labels.extendedMaster : labels.master, seed, 12));
}

/** `seed` is the server's random and then the client's. */
export function keysOf(
  master: HmacKey,
  seed: Uint8Array,
): { readonly client: TrafficKeys; readonly server: TrafficKeys } {
  const words = expand(master, labels.keyExpansion, seed, 10);
  return {
    client: { key: words.slice(0, 4), iv: words.slice(8, 9) },
    server: { key: words.slice(4, 8), iv: words.slice(9, 10) },
  };
}

/** The three words of a Finished (RFC 5246, section 7.4.9). `hash` is that of all messages before it. */
export function verifyData(master: HmacKey, side: 'client' | 'server', hash: Uint8Array): readonly number[] {
  return expand(master, labels[side], hash, 3);
}

const digestBytes = 32;
// Shared by all calls, each of which is synchronous.
const room = Buffer.alloc(digestBytes + 128);

/** So many words of the pseudorandom function of TLS 1.2 (RFC 5246, section 5). */
export function expand(
  secret: HmacKey,
  label: Uint8Array,
  seed: Uint8Array,
  words: number,
): readonly number[] {
  const end = digestBytes + label.length + seed.length;
  if (end > room.length) {
    throw new RangeError(`expected a label and seed of at most 128 bytes, found ${end - digestBytes}`);
  }
  room.set(label, digestBytes);
  room.set(seed, digestBytes + label.length);
  const made: number[] = [];
  let a = hmac(secret, room, digestBytes, end);
  for (;;) {
    writeWords(a, room, 0);
    made.push(...hmac(secret, room, 0, end));
    if (made.length >= words) return made.slice(0, words);
    a = hmac(secret, room, 0, digestBytes);
  }
}
