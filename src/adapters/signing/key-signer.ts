import { sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { Signer } from '../../flow/sign/signer.ts';
import type { PrivateKey } from './key-text.ts';

const signAsync = promisify(sign);

/** Signs in this process. */
export function createKeySigner(name: string, { key, point }: PrivateKey): Signer {
  return {
    name,
    point,
    sign: (bytes) => signAsync('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }),
  };
}
