/** Lines that are rightly signed, whatever they say; and lines whose signature is wrong in a chosen way. */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { type Key, order, toBytes, toInteger } from '../vectors/generator/es256.ts';
import type { Random } from './random.ts';

const privateKeys = new Map<Key, KeyObject>();

/** node:crypto's signature, which is a hundred times faster than the vectors' own, and differs each time. */
function signature(signed: Buffer, key: Key): Buffer {
  let privateKey = privateKeys.get(key);
  if (privateKey === undefined) {
    const jwk = { ...key.jwk, d: toBytes(key.secret).toString('base64url') };
    privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
    privateKeys.set(key, privateKey);
  }
  return sign('sha256', signed, { key: privateKey, dsaEncoding: 'ieee-p1363' });
}

export function signedLine(header: Buffer, payload: Buffer, key: Key, oddly: Random | null): string {
  const signed = `${header.toString('base64url')}.${payload.toString('base64url')}`;
  const right = signature(Buffer.from(signed), key);
  const bytes = oddly === null ? right : mutateSignature(right, oddly);
  return `${signed}.${bytes.toString('base64url')}`;
}

function mutateSignature(right: Buffer, random: Random): Buffer {
  const r = right.subarray(0, 32);
  const s = right.subarray(32);
  const otherS = toBytes(order - toInteger(s));
  const scalar = toBytes(random.pick([0n, 1n, order - 1n, order, order + 1n, 2n ** 256n - 1n]));
  return random.pick([
    Buffer.concat([r, otherS]),
    Buffer.concat([scalar, s]),
    Buffer.concat([r, scalar]),
    Buffer.concat([scalar, scalar]),
    Buffer.concat([s, r]),
    Buffer.concat([Buffer.alloc(1), right]),
    right.subarray(0, 63),
    Buffer.concat([r, s, s]),
    Buffer.of(0x30, 68, 2, 32, ...r, 2, 32, ...s),
    Buffer.alloc(0),
  ]);
}
