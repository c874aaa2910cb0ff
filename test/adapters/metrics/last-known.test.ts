import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createDetail } from '../../../src/adapters/metrics/detail.ts';
import { createLastKnown } from '../../../src/adapters/metrics/last-known.ts';
import { blankStatus } from '../../../src/core/domain-status.ts';
import type { Overview } from '../../../src/flow/overview.ts';

const domains = ['acme', 'umbrella'].map((account) => ({
  account,
  domain: 'api.example.com:443',
  status: blankStatus,
}));
const overview: Overview = { domains, noticesPending: 3, sweepStartedAt: 0, nextSweepAt: 0, queues: [] };

function rig() {
  const store = { isAway: false };
  const read = async <T>(value: T): Promise<T> => {
    if (store.isAway) throw new Error('away');
    return value;
  };
  const ports = {
    overview: () => read(overview),
    statusesOf: (account: string) => read(domains.filter((one) => one.account === account)),
  };
  const rules = { intervalMs: 900_000, expiringWithinMs: 0 };
  const known = createLastKnown(
    ports,
    createDetail({ shows: 'all', ...rules }, () => 0),
  );
  const all = async () => text(await known.all());
  const of = async (account: string) => text(await known.of(account));
  return { store, known: { all, of } };
}

test('the last known state stays while the store is away, for all accounts and for one', async () => {
  const { store, known } = rig();
  const [all, acme] = [await known.all(), await known.of('acme')];
  expect(all).toContain('pinwatch_notices_pending 3\n');
  expect(all).toContain('account="umbrella"');
  expect(acme).toContain('account="acme"');
  expect(acme).not.toContain('umbrella');
  store.isAway = true;
  expect(await known.all()).toBe(all);
  expect(await known.of('acme')).toBe(acme);
});

test('before the first read nothing is shown, and no other account instead', async () => {
  const { store, known } = rig();
  store.isAway = true;
  expect(await known.all()).toBe('');
  store.isAway = false;
  await known.of('acme');
  store.isAway = true;
  expect(await known.of('umbrella')).toBe('');
});
