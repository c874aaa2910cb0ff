import { expect, test } from 'vitest';
import { createSettledDomains, type Report, type Settled } from '../../src/flow/settled.ts';

const report: Report = {
  ...{ kind: 'probed', verdict: 'match', apps: 'yes', isNew: false },
  ...{ confirmed: false, codes: ['no_backup_pin'], failures: [] },
};
const settled = { until: 1, report } as Settled;
const ref = (domain: string) => ({ account: 'acme', domain });

test('a domain is remembered until it was not probed for so long, or is not settled any more', () => {
  let now = 0;
  const domains = createSettledDomains(1_000, () => now);
  domains.set(ref('a'), settled);
  now = 600;
  domains.set(ref('b'), settled);
  domains.set(ref('gone'), settled);
  domains.set(ref('gone'), null);
  expect(domains.get(ref('gone'))).toBeUndefined();
  expect(domains.get({ account: 'umbrella', domain: 'a' })).toBeUndefined();
  now = 999;
  expect(domains.get(ref('a'))).toEqual(settled);
  now = 1_700;
  expect(domains.get(ref('a'))).toEqual(settled);
  now = 2_700;
  expect(domains.get(ref('a'))).toEqual(settled);
  expect(domains.get(ref('b'))).toBeUndefined();
});

test('domains whose probes were reported as the same share one report', () => {
  const domains = createSettledDomains(1_000, () => 0);
  domains.set(ref('a'), settled);
  domains.set(ref('b'), { ...settled, report: { ...report } });
  domains.set(ref('other'), { ...settled, report: { ...report, codes: [] } });
  expect(domains.get(ref('b'))?.report).toBe(domains.get(ref('a'))?.report);
  expect(domains.get(ref('other'))?.report.codes).toEqual([]);
});
