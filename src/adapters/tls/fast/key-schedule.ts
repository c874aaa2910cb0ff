/**
 * The key schedule of TLS 1.3 (RFC 8446, section 7.1) for TLS_AES_128_GCM_SHA256 without a PSK, as far as the end of the
 * handshake needs it. All that comes before the shared secret is the same each time.
 */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { type HmacKey, hmac, hmacKey, sha256 } from './sha256.ts';

/** What records are protected with. */
export interface TrafficKeys {
  /** As an object, because Node 24 takes four times as long to make a cipher from bytes. */
  readonly key: KeyObject;
  readonly iv: Uint8Array;
}

/** One side's secrets until its Finished. */
export interface HandshakeKeys extends TrafficKeys {
  readonly finished: HmacKey;
}

export interface Secrets {
  readonly client: HandshakeKeys;
  readonly server: HandshakeKeys;
  /** What the client writes with afterwards; `flight` is the hash of all messages up to the server's Finished. */
  afterwards(flight: Uint8Array): TrafficKeys;
}

const nothing = new Uint8Array();
const zeros = new Uint8Array(32);
const derivedLabel = label('derived', 32)(sha256(nothing));
const keyLabel = label('key', 16)(nothing);
/** What an IV is expanded with, whatever the suite. */
export const ivLabel: Uint8Array = label('iv', 12)(nothing);
const finishedLabel = label('finished', 32)(nothing);
const clientHandshake = label('c hs traffic', 32);
const serverHandshake = label('s hs traffic', 32);
const clientApplication = label('c ap traffic', 32);
const earlySecret = hmacKey(hmac(hmacKey(zeros), zeros));
const beforeShared = hmacKey(hmac(earlySecret, derivedLabel));

/** `hellos` is the hash of ClientHello and ServerHello. */
export function keySchedule(shared: Uint8Array, hellos: Uint8Array): Secrets {
  const secret = hmacKey(hmac(beforeShared, shared));
  const keysOf = (labelled: Label): HandshakeKeys => {
    const traffic = hmacKey(hmac(secret, labelled(hellos)));
    return { ...trafficKeys(traffic), finished: hmacKey(hmac(traffic, finishedLabel)) };
  };
  return {
    client: keysOf(clientHandshake),
    server: keysOf(serverHandshake),
    afterwards(flight) {
      const master = hmacKey(hmac(hmacKey(hmac(secret, derivedLabel)), zeros));
      return trafficKeys(hmacKey(hmac(master, clientApplication(flight))));
    },
  };
}

function trafficKeys(traffic: HmacKey): TrafficKeys {
  return {
    key: createSecretKey(hmac(traffic, keyLabel).subarray(0, 16)),
    iv: hmac(traffic, ivLabel).subarray(0, 12),
  };
}

export type Label = (context: Uint8Array) => Uint8Array;

/** HKDF-Expand-Label's info and the counter of its first block (RFC 5869, section 2.3), which is all that 32 bytes need. */
export function label(name: string, length: number): Label {
  const full = Buffer.from(`tls13 ${name}`, 'latin1');
  const before = Buffer.concat([Buffer.of(length >> 8, length & 0xff, full.length), full]);
  return (context) => {
    const info = new Uint8Array(before.length + 1 + context.length + 1);
    info.set(before);
    info[before.length] = context.length;
    info.set(context, before.length + 1);
    info[info.length - 1] = 1;
    return info;
  };
}
