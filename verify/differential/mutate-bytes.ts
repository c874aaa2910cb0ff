/** Faults in bytes, whatever they mean. */
import type { Random } from './random.ts';

export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const before = bytes.subarray(0, at);
  switch (random.below(6)) {
    case 0:
    case 1: {
      const changed = Buffer.from(bytes);
      changed[at % Math.max(1, bytes.length)] =
        (changed[at % Math.max(1, bytes.length)] ?? 0) ^ (1 << random.below(8));
      return changed;
    }
    case 2:
      return Buffer.concat([before, random.pick(pieces), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([before, bytes.subarray(Math.min(bytes.length, at + 1 + random.below(4)))]);
    case 4:
      return before;
    default:
      return random.chance(0.5)
        ? Buffer.concat([random.pick(pieces), bytes])
        : Buffer.concat([bytes, random.pick(pieces)]);
  }
}

const pieces = [
  ...[
    '\n',
    '\r\n',
    '\r',
    ' ',
    '.',
    '=',
    '==',
    'A',
    '-',
    '_',
    '+',
    '/',
    '\0',
    '\ufeff',
    'é',
    '{}',
    ',',
    '"',
    '\\u0041',
  ],
].map((text) => Buffer.from(text));
for (const bytes of ['ff', 'c0af', 'eda080', 'edb080', 'f4908080', 'e080af', 'c3', 'fffe', 'eda080edb080']) {
  pieces.push(Buffer.from(bytes, 'hex'));
}
