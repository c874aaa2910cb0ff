/** What a TLS 1.3 server's flight is protected with, by its suite (RFC 8446, appendix B.4) and secret (section 7.3). */
import { createHmac, createSecretKey } from 'node:crypto';
import { ivLabel, label } from '../fast/key-schedule.ts';
import type { Cipher, RecordKeys } from '../fast/protection.ts';
import { suiteCodes } from '../fast/suites.ts';
import { Surprise } from '../fast/surprise.ts';

interface Suite {
  readonly cipher: Cipher;
  readonly hash: string;
  readonly keyBytes: number;
}

const suites = new Map<number, Suite>([
  [suiteCodes.TLS_AES_128_GCM_SHA256, { cipher: 'aes-128-gcm', hash: 'sha256', keyBytes: 16 }],
  [suiteCodes.TLS_AES_256_GCM_SHA384, { cipher: 'aes-256-gcm', hash: 'sha384', keyBytes: 32 }],
  [suiteCodes.TLS_CHACHA20_POLY1305_SHA256, { cipher: 'chacha20-poly1305', hash: 'sha256', keyBytes: 32 }],
]);

/** `secret` is the server's handshake traffic secret. */
export function serverKeys(suite: number, secret: Uint8Array): RecordKeys {
  const known = suites.get(suite);
  if (known === undefined) throw new Surprise('another suite');
  const { cipher, hash, keyBytes } = known;
  const expand = (info: Uint8Array, length: number) =>
    createHmac(hash, secret).update(info).digest().subarray(0, length);
  const key = createSecretKey(expand(label('key', keyBytes)(new Uint8Array()), keyBytes));
  return { cipher, key, iv: expand(ivLabel, 12) };
}
