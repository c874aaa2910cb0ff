import { randomFillSync } from 'node:crypto';
import { freshBytes } from './dialogue.ts';

/** For so many connections at a time: asking OpenSSL for a few bytes takes as long as for 4 KB. */
const connections = 64;

let supply = Buffer.alloc(0);
let used = 0;

/** `freshBytes` random bytes that were never given out before. */
export function freshRandom(): Buffer {
  if (used === supply.length) {
    // Another one each time: what was given out is still in use.
    supply = randomFillSync(Buffer.allocUnsafeSlow(connections * freshBytes));
    used = 0;
  }
  used += freshBytes;
  return supply.subarray(used - freshBytes, used);
}
