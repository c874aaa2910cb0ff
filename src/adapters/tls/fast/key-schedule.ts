/**
 * The key schedule of TLS 1.3 (RFC 8446, section 7.1) for TLS_AES_128_GCM_SHA256 without a PSK, as far as the end of the
 * handshake needs it. All that comes before the shared secret is the same each time.
 */
import {
  type Digest,
  type HmacKey,
  hmacKeyOf,
  hmacOfBlock,
  hmacOfDigest,
  type LastBlock,
  lastBlock,
  sha256,
} from './sha256.ts';
import { bytesOf } from './words.ts';

/** What records are protected with. */
export interface TrafficKeys {
  /** Four words; there may be more behind them, which don't count. */
  readonly key: readonly number[];
  /** Three words, as `key`. In TLS 1.2 one: each record brings the others. */
  readonly iv: readonly number[];
}

/** A secret that the keys of one side come from. */
export type TrafficSecret = HmacKey;

export interface Secrets {
  readonly client: TrafficSecret;
  readonly server: TrafficSecret;
  /** What the client writes with after its Finished; `flight` is the hash of all messages up to the server's Finished. */
  afterwards(flight: Digest): TrafficSecret;
}

const nothing = new Uint8Array();
const zeros: Digest = new Array<number>(8).fill(0);
const derived = lastBlock(label('derived', 32)(bytesOf(sha256(nothing))));
const keyBlock = lastBlock(label('key', 16)(nothing));
/** What an IV is expanded with, whatever the suite. */
export const ivLabel: Uint8Array = label('iv', 12)(nothing);
const ivBlock = lastBlock(ivLabel);
const finishedBlock = lastBlock(label('finished', 32)(nothing));
const clientHandshake = withContext('c hs traffic');
const serverHandshake = withContext('s hs traffic');
const clientApplication = withContext('c ap traffic');
const earlySecret = hmacKeyOf(hmacOfDigest(hmacKeyOf(zeros), zeros));
const beforeShared = hmacKeyOf(hmacOfBlock(earlySecret, derived));

/** `hellos` is the hash of ClientHello and ServerHello. */
export function keySchedule(shared: Digest, hellos: Digest): Secrets {
  const secret = hmacKeyOf(hmacOfDigest(beforeShared, shared));
  return {
    client: hmacKeyOf(hmacOfBlock(secret, clientHandshake(hellos))),
    server: hmacKeyOf(hmacOfBlock(secret, serverHandshake(hellos))),
    afterwards(flight) {
      const master = hmacKeyOf(hmacOfDigest(hmacKeyOf(hmacOfBlock(secret, derived)), zeros));
      return hmacKeyOf(hmacOfBlock(master, clientApplication(flight)));
    },
  };
}

export function trafficKeys(secret: TrafficSecret): TrafficKeys {
  return { key: hmacOfBlock(secret, keyBlock), iv: hmacOfBlock(secret, ivBlock) };
}

/** What a side's Finished says (section 4.4.4); `before` is the hash of all messages before it. */
export function verifyData(secret: TrafficSecret, before: Digest): Digest {
  return hmacOfDigest(hmacKeyOf(hmacOfBlock(secret, finishedBlock)), before);
}

export type Label = (context: Uint8Array) => Uint8Array;

/** HKDF-Expand-Label's info and the counter of its first block (RFC 5869, section 2.3), which is all that a hash's length needs. */
export function label(name: string, length: number): Label {
  const full = Buffer.from(`tls13 ${name}`, 'latin1');
  const before = Buffer.concat([Buffer.of(length >> 8, length & 0xff, full.length), full]);
  return (context) => Buffer.concat([before, Buffer.of(context.length), context, Buffer.of(1)]);
}

/** The block of a label whose context is a hash. The one that is returned is good until the next. */
function withContext(name: string): (context: Digest) => LastBlock {
  const ofZeros = label(name, 32)(bytesOf(zeros));
  const block = lastBlock(ofZeros);
  const made = new Int32Array(16);
  // The context ends one byte before the label does, so its words stand across those of the block.
  const at = ofZeros.length - 1 - 32;
  const [first, shift] = [at >> 2, 8 * (at & 3)];
  return (context) => {
    made.set(block);
    for (let i = 0; i < 8; i += 1) {
      const word = context[i] as number;
      made[first + i] = (made[first + i] as number) | (word >>> shift);
      if (shift > 0) made[first + i + 1] = (made[first + i + 1] as number) | (word << (32 - shift));
    }
    return made;
  };
}
