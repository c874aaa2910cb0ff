/** The keys of TLS 1.2 (RFC 5246, sections 5, 6.3 and 8.1) for suites with AES-128-GCM and SHA-256. */
import { createSecretKey } from 'node:crypto';
import type { TrafficKeys } from './key-schedule.ts';
import { type HmacKey, hmac, hmacKey } from './sha256.ts';

/** `seed` is both randoms, or the hash of the session for an extended master secret (RFC 7627, section 4). */
export function masterSecret(shared: Uint8Array, isExtended: boolean, seed: Uint8Array): HmacKey {
  const label = isExtended ? 'extended master secret' : 'master secret';
  return hmacKey(expand(hmacKey(shared), label, seed, 48));
}

export function keysOf(
  master: HmacKey,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
): { readonly client: TrafficKeys; readonly server: TrafficKeys } {
  const block = expand(master, 'key expansion', Buffer.concat([serverRandom, clientRandom]), 40);
  const keys = (key: number, iv: number): TrafficKeys => ({
    key: createSecretKey(block.subarray(key, key + 16)),
    iv: block.subarray(iv, iv + 4),
  });
  return { client: keys(0, 32), server: keys(16, 36) };
}

/** What a Finished says (RFC 5246, section 7.4.9). `hash` is that of all messages before it. */
export function verifyData(master: HmacKey, side: 'client' | 'server', hash: Uint8Array): Uint8Array {
  return expand(master, `${side} finished`, hash, 12);
}

/** The pseudorandom function of TLS 1.2 (RFC 5246, section 5). */
export function expand(secret: HmacKey, label: string, seed: Uint8Array, length: number): Uint8Array {
  const labelled = Buffer.concat([Buffer.from(label, 'latin1'), seed]);
  const blocks: Uint8Array[] = [];
  let a = hmac(secret, labelled);
  for (let made = 0; made < length; made += 32) {
    blocks.push(hmac(secret, Buffer.concat([a, labelled])));
    a = hmac(secret, a);
  }
  return Buffer.concat(blocks, length);
}
