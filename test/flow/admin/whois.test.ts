import { expect, test } from 'vitest';
import type { Principal } from '../../../src/core/access.ts';
import { createWhois, Unanswered } from '../../../src/flow/admin/whois.ts';
import { now } from '../../support/observations.ts';

const ops: Principal = { name: 'ops', role: 'metrics', account: null };
const minute = 60_000;

/** A store that the test makes unavailable or too slow. */
function storeOf() {
  const at = { now, isAway: false, answers: true };
  const answer = async <T>(value: T): Promise<T> => {
    if (!at.answers) throw new Unanswered('no answer within 2000 ms');
    return value;
  };
  const tokens = {
    any: () => answer(true),
    verify: (text: string) => answer(text === 'known' ? ops : null),
  };
  return {
    at,
    whois: createWhois(
      tokens,
      () => at.isAway,
      () => at.now,
    ),
  };
}

test('a token is known for ten minutes while the store is away, and while it does not answer', async () => {
  for (const lose of [{ isAway: true }, { answers: false }]) {
    const { at, whois } = storeOf();
    expect(await whois.whois('known')).toBe(ops);
    Object.assign(at, lose);
    at.now += 9 * minute;
    expect(await whois.whois('known')).toBe(ops);
    expect(await whois.whois('unknown')).toBeNull();
    expect(await whois.hasTokens()).toBe(true);
    at.now += minute;
    expect(await whois.whois('known')).toBeNull();
  }
});

test('what was known in the future is forgotten', async () => {
  const { at, whois } = storeOf();
  expect(await whois.whois('known')).toBe(ops);
  Object.assign(at, { isAway: true, now: now - 120 * minute });
  expect(await whois.whois('known')).toBeNull();
});

test('several callers share what is known, and a failure of another kind is passed on', async () => {
  const { at, whois } = storeOf();
  expect(await whois.whois('known')).toBe(ops);
  const broken = async () => {
    throw new Error('WRONGTYPE');
  };
  const other = createWhois(
    { any: broken, verify: broken },
    () => at.isAway,
    () => at.now,
    whois.memory,
  );
  await expect(other.whois('known')).rejects.toThrow('WRONGTYPE');
  at.isAway = true;
  expect(await other.whois('known')).toBe(ops);
});
