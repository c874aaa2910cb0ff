import { expect, test } from 'vitest';
import { createSettledDomains, type Settled } from '../../src/flow/settled.ts';

const settled = { until: 1 } as Settled;
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
  expect(domains.get(ref('a'))).toBe(settled);
  now = 1_700;
  domains.set(ref('c'), settled);
  domains.set(ref('d'), settled);
  expect(domains.get(ref('a'))).toBe(settled);
  expect(domains.get(ref('b'))).toBeUndefined();
});
