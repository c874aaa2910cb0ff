/** ES256 with nonces from the message (RFC 6979), so that the vectors come out the same each time. Not for real keys. */
import { createECDH, createHash, createHmac } from 'node:crypto';

export const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
export interface Key {
  readonly secret: bigint;
  /** 65 bytes: 04 X Y. */
  readonly point: Buffer;
  readonly kid: string;
  readonly jwk: { readonly kty: string; readonly crv: string; readonly x: string; readonly y: string };
}

/** The key of this name, always the same. */
export function key(name: string): Key {
  const secret = (toInteger(sha256(`pinwatch vectors: ${name}`)) % (order - 1n)) + 1n;
  const point = pointOf(secret);
  const jwk = { kty: 'EC', crv: 'P-256', x: text(point.subarray(1, 33)), y: text(point.subarray(33)) };
  const kid = text(sha256(`{"crv":"P-256","kty":"EC","x":"${jwk.x}","y":"${jwk.y}"}`));
  return { secret, point, kid, jwk };
}

/** r and s, 64 bytes. */
export function sign(message: Uint8Array, { secret }: Key): Buffer {
  const hash = sha256(message);
  const k = nonce(secret, hash);
  const r = toInteger(pointOf(k).subarray(1, 33)) % order;
  const s = (inverse(k) * (toInteger(hash) + r * secret)) % order;
  return Buffer.concat([toBytes(r), toBytes(s)]);
}

/** RFC 6979, section 3.2. A first candidate outside 1…n-1 has a chance of 2^-32, and none of these seeds has one. */
function nonce(secret: bigint, hash: Buffer): bigint {
  const input = Buffer.concat([toBytes(secret), toBytes(toInteger(hash) % order)]);
  let k: Buffer = Buffer.alloc(32);
  let v: Buffer = Buffer.alloc(32, 1);
  for (const step of [0, 1]) {
    k = hmac(k, Buffer.concat([v, Buffer.of(step), input]));
    v = hmac(k, v);
  }
  v = hmac(k, v);
  const candidate = toInteger(v);
  if (candidate === 0n || candidate >= order) throw new Error('this seed needs a second candidate');
  return candidate;
}

/** The base point times a number: what ECDH calls the public key. */
function pointOf(secret: bigint): Buffer {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(toBytes(secret));
  return ecdh.getPublicKey();
}

/** Modulo the order, by Fermat: it is a prime. */
function inverse(value: bigint): bigint {
  let result = 1n;
  for (let exponent = order - 2n, power = value; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * power) % order;
    power = (power * power) % order;
  }
  return result;
}

export function toBytes(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
}

export function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

export function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

function hmac(secret: Buffer, data: Buffer): Buffer {
  return createHmac('sha256', secret).update(data).digest();
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
