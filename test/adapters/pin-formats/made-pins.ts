import { createHash } from 'node:crypto';
import type { Pin } from '../../../src/core/pin.ts';

/** A pin of no key: the hash of a name. */
export function made(name: string): Pin {
  return `sha256/${createHash('sha256').update(name).digest('base64')}`;
}
