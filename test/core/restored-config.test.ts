import { expect, test } from 'vitest';
import type { ConfigState } from '../../src/core/config-state.ts';
import { nextVersion, withFloor } from '../../src/core/restored-config.ts';

const state: ConfigState = {
  ...{ channel: 'c', roots: [], statement: '', generation: 1, served: null, revoked: [] },
  published: { version: 7, digest: '', signedElsewhere: false },
};

test('the next version exceeds the published one, and what is served', () => {
  expect(nextVersion({ published: null }, 0)).toBe(1);
  expect(nextVersion(state, 0)).toBe(8);
  expect(nextVersion(state, 11)).toBe(12);
});

test('after a restore it exceeds those that may have been published since, however often it is restored', () => {
  const restored = withFloor(state);
  expect(nextVersion(restored, 0)).toBe(58);
  expect(nextVersion(restored, 90)).toBe(91);
  // From a backup of the restored store, before and after a publication: more may have followed either.
  expect(nextVersion(withFloor(restored), 0)).toBe(108);
  const published = { version: 58, digest: '', signedElsewhere: false };
  expect(nextVersion(withFloor({ ...restored, published }), 0)).toBe(109);
});

test('an account that has published nothing needs no floor', () => {
  const unpublished = { ...state, published: null };
  expect(withFloor(unpublished)).toBe(unpublished);
});
