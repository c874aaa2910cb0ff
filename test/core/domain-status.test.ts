import { expect, test } from 'vitest';
import { type DomainStatus, statusOf, statusSeenAgain } from '../../src/core/domain-status.ts';
import { blankRecord } from '../../src/core/record.ts';

const message = 'as told';
const seen = (durationMs: number) => ({ failure: null, durationMs });
const refused = (durationMs: number) => ({
  failure: { code: 'key_type_not_served', message } as const,
  durationMs,
});
const away = (durationMs: number) => ({ failure: { code: 'region_away', message } as const, durationMs });

test('seen again, a domain is as slow as its servers are, and not as regions or key types that nobody answers for', () => {
  const before: DomainStatus = { ...statusOf({ pins: [] }, blankRecord), slow: true };
  const slow = (...endpoints: Parameters<typeof statusSeenAgain>[1]) =>
    statusSeenAgain(before, endpoints, 5_000).slow;
  expect(slow(seen(1_999), refused(9_000), away(25_000))).toBeUndefined();
  expect(slow(seen(40), seen(2_000))).toBe(true);
});
