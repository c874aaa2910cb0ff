import { expect, test } from 'vitest';
import { headlineOf } from '../../../../src/adapters/http/page/overview.ts';
import type { AccountSummary, WatchStatus } from '../../../../src/flow/admin/watch-status.ts';

const calm: WatchStatus = {
  ...{
    sweepStartedAt: 1,
    nextSweepAt: 2,
    isLate: false,
    noticesPending: 0,
    regions: [],
    workers: 1,
    domains: 3,
  },
  ...{ openConfigs: new Map(), blind: 0, accounts: [account({})], troubled: [], more: 0 },
};

function account(change: Partial<AccountSummary['harms']>): AccountSummary {
  const harms = { fail: 0, unknown: 0, none: 3, ...change };
  return { account: 'acme', domains: 3, harms, open: 0, muted: 0, earliestNotAfter: 0 };
}

test.each<[string, Partial<WatchStatus>]>([
  ['Nothing is wrong', {}],
  ['Apps fail on 3 domains', { accounts: [account({ fail: 2, unknown: 1 }), account({ fail: 1 })] }],
  ['1 domain could not be judged', { accounts: [account({ unknown: 1 })] }],
  [
    'No app fails; a signed configuration to look at',
    { openConfigs: new Map([['config_stale', 1]]) as never },
  ],
  ['No domain is watched yet', { accounts: [] }],
  // What was found before is no news if nothing is found any more.
  ['Nothing is watched', { isLate: true, accounts: [account({ fail: 1 })] }],
  ['Nothing is probed', { workers: 0, accounts: [account({ fail: 1 })] }],
  ['No domain of 2 accounts can be seen', { blind: 2, accounts: [account({ fail: 1 })] }],
  ['Nothing is wrong', { workers: null }],
])('%s', (headline, change) => {
  expect(headlineOf({ ...calm, ...change })).toBe(headline);
});
