import { expect } from 'vitest';
import { readPinSource } from '../../../src/adapters/x509/pin-sources.ts';
import { parsed, refused } from '../../../src/core/parsed.ts';
import type { PinSourceItem } from '../../../src/core/pin-source.ts';

const unasked = () => {
  throw new Error('a password was asked for');
};

/** The items; a password is requested exactly once if one is given, otherwise never. */
export async function read(bytes: Uint8Array, secret?: string): Promise<readonly PinSourceItem[]> {
  let asked = 0;
  const result = await readPinSource(bytes, async () => {
    asked += 1;
    return secret === undefined ? unasked() : parsed(secret);
  });
  if (!result.ok) throw new Error(result.problem);
  expect(asked).toBe(secret === undefined ? 0 : 1);
  return result.value;
}

export async function problem(bytes: Uint8Array, secret?: string): Promise<string> {
  const result = await readPinSource(bytes, async () =>
    secret === undefined ? refused('no password') : parsed(secret),
  );
  return result.ok ? `no problem, ${result.value.length} keys` : result.problem;
}
