import { expect, test } from 'vitest';
import { createOnlyAccount } from '../../src/flow/only-account.ts';

/** The started read has finished. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('it is not assumed, and read again when it is old', async () => {
  let now = 0;
  let looks = 0;
  let accounts: readonly string[] = ['acme'];
  const isOnly = createOnlyAccount(
    async () => {
      looks += 1;
      return accounts;
    },
    () => now,
  );
  expect(isOnly()).toBe(false);
  await turn();
  expect(isOnly()).toBe(true);
  accounts = ['acme', 'shop'];
  now = 9_999;
  isOnly();
  expect(looks).toBe(1);
  now = 10_000;
  isOnly();
  await turn();
  expect(isOnly()).toBe(false);
});

test('a failed read allows for other accounts', async () => {
  let now = 0;
  let fails = false;
  const isOnly = createOnlyAccount(
    async () => {
      if (fails) throw new Error('away');
      return ['acme'];
    },
    () => now,
  );
  isOnly();
  await turn();
  expect(isOnly()).toBe(true);
  fails = true;
  now = 10_000;
  isOnly();
  await turn();
  expect(isOnly()).toBe(false);
});
