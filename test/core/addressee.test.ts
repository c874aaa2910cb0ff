import { describe, expect, test } from 'vitest';
import {
  type Addressee,
  type AttemptOutcome,
  attempted,
  dueAtOnce,
  interrupted,
  isDone,
  isLastAttempt,
  type LetterState,
  mayGrow,
  nextAttemptAt,
  owedTo,
  recipientsDue,
  repeatAfterMs,
  retryAfterMs,
} from '../../src/core/addressee.ts';
import { day, now } from '../support/observations.ts';

const contacts = ['a@example.com', 'b@example.com'] as const;
const [a, b] = contacts;
const fresh: LetterState = { id: 'one', createdAt: now, addressees: [], audience: null };

/** The letter after these outcomes for an address, each at its time. */
function tried(letter: LetterState, address: string, ...outcomes: [AttemptOutcome, number][]): LetterState {
  let { addressees } = letter;
  for (const [outcome, at] of outcomes) {
    addressees = attempted({ ...letter, addressees }, address, outcome, at);
  }
  return { ...letter, addressees };
}

describe('who is owed a letter', () => {
  test('is every current contact that has not got it', () => {
    expect(recipientsDue(fresh, contacts, now)).toEqual(contacts);
    const half = tried(fresh, a, ['sent', now]);
    expect(owedTo(half, contacts)).toEqual([b]);
    expect(owedTo(half, [a, 'new@example.com'])).toEqual(['new@example.com']);
    expect(owedTo(half, [a])).toEqual([]);
    expect(isDone(half, [a], now)).toBe(true);
    expect(isDone(half, contacts, now)).toBe(false);
  });

  test('a corrected address is due at once, whatever its predecessor has to wait for', () => {
    const stuck = tried(
      fresh,
      'mistyped@example.com',
      ['failed_temporary', now],
      ['failed_temporary', now + 2_000],
    );
    expect(nextAttemptAt(stuck, ['mistyped@example.com'], now + 2_001)).toBe(now + 2_000 + 4_000);
    expect(recipientsDue(stuck, ['corrected@example.com'], now + 2_001)).toEqual(['corrected@example.com']);
  });

  test('a permanently refused contact is not retried, unless no contact has got it', () => {
    const refused = tried(fresh, a, ['failed_permanent', now]);
    expect(owedTo(tried(refused, b, ['sent', now]), contacts)).toEqual([]);
    expect(owedTo(tried(refused, b, ['failed_temporary', now]), contacts)).toEqual(contacts);
    expect(owedTo(refused, [a])).toEqual([a]);
  });

  test('is only a new contact, for an introduction', () => {
    const introduction = { ...fresh, audience: [b] };
    expect(owedTo(introduction, contacts)).toEqual([b]);
    expect(isDone(introduction, [a], now)).toBe(true);
    expect(mayGrow(introduction, now)).toBe(false);
  });

  test('without any contact it waits for one, up to 5 days', () => {
    expect(isDone(fresh, [], now + day)).toBe(false);
    expect(nextAttemptAt(fresh, [], now)).toBeNull();
    expect(isDone(fresh, [], now + 5 * day + 1)).toBe(true);
  });
});

describe('when', () => {
  test('it is retried soon at first, and finally every 5 minutes', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9, 20].map(retryAfterMs)).toEqual([
      2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000,
    ]);
  });

  test('a letter that may have been accepted is sent again at growing intervals: at most 20 copies in 5 days', () => {
    let letter = fresh;
    const copies: number[] = [];
    for (let at: number | null = now; at !== null; at = nextAttemptAt(letter, [a], at)) {
      copies.push(at);
      letter = tried(letter, a, ['perhaps_taken', at]);
    }
    expect(copies.length).toBeLessThanOrEqual(20);
    expect(copies.length).toBeGreaterThan(10);
    const distances = copies.slice(1).map((at, index) => at - (copies[index] ?? 0));
    expect(distances).toEqual([...distances].sort((x, y) => x - y));
    expect(distances[0]).toBe(repeatAfterMs(1));
    expect((copies.at(-1) ?? 0) - now).toBeGreaterThan(4 * day);
    expect(letter.addressees).toMatchObject([{ state: 'given_up' }]);
    expect(isDone(letter, [a], now)).toBe(true);
  });

  test('an outage in between makes no copies, and does not bring the next one forward', () => {
    const taken = tried(fresh, a, ['perhaps_taken', now], ['perhaps_taken', now + 45_000]);
    const due = now + 45_000 + repeatAfterMs(2);
    expect(nextAttemptAt(taken, [a], now + 45_000)).toBe(due);
    const away = tried(taken, a, ['failed_temporary', due]);
    expect(nextAttemptAt(away, [a], due)).toBe(due + retryAfterMs(3));
    expect(away.addressees[0]?.copies).toBe(2);
  });

  test('a clock that was ahead and is set back delays nothing, at whatever moment this is checked', () => {
    const ahead = tried(fresh, a, ['failed_temporary', now + 30 * day]);
    for (const at of [now, now + 1, now + day]) {
      expect(nextAttemptAt(ahead, [a], at)).toBe(at);
      expect(recipientsDue(ahead, [a], at)).toEqual([a]);
    }
    const taken = tried(fresh, a, ['perhaps_taken', now + 30 * day]);
    expect(recipientsDue(taken, [a], now)).toEqual([a]);
  });

  test('two differing clocks make no extra copy of a letter that may have been accepted', () => {
    const skew = 5 * 60_000;
    const taken = tried(fresh, a, ['perhaps_taken', now + skew]);
    expect(recipientsDue(taken, [a], now)).toEqual([]);
    // Either process can retry at once what was not accepted.
    const failed = tried(fresh, a, ['failed_temporary', now + skew]);
    expect(recipientsDue(failed, [a], now)).toEqual([a]);
  });
});

describe('given up', () => {
  test('after 5 days, but not because the machine was asleep', () => {
    const late = now + 5 * day + 1;
    const often = (count: number) =>
      tried(
        fresh,
        a,
        ...Array.from({ length: count }, (): [AttemptOutcome, number] => ['failed_temporary', now]),
      );
    expect(isLastAttempt(often(1), a, late)).toBe(false);
    // A machine that wakes up has to find its network, and the mail server may be down for an hour.
    expect(isLastAttempt(often(20), a, late)).toBe(false);
    expect(isLastAttempt(often(49), a, late)).toBe(true);
    expect(isLastAttempt(often(50), a, now + 5 * day)).toBe(false);
    expect(isDone(tried(often(49), a, ['failed_temporary', late]), [a], late)).toBe(true);
  });

  test('finally also if a clock that was ahead made it, and its age is unknown', () => {
    const addressees = [
      { address: a, state: 'owed', attempts: 1_499, copies: 0, nextAttemptAt: now },
    ] as const;
    expect(isLastAttempt({ ...fresh, createdAt: now + 365 * day, addressees }, a, now)).toBe(true);
  });

  test('a contact that is new then gets its attempts', () => {
    expect(isLastAttempt(tried(fresh, a, ['failed_temporary', now]), b, now + 6 * day)).toBe(false);
  });
});

test('a process that died while sending may have made a copy', () => {
  const entryOf = (letter: LetterState) =>
    letter.addressees.find(({ address }) => address === a) as Addressee;
  const once = { ...fresh, addressees: interrupted(fresh, contacts, 45_000, now) };
  expect(recipientsDue(once, contacts, now)).toEqual(contacts);
  expect(entryOf(once)).toMatchObject({ copies: 1, attempts: 0 });
  const twice = { ...once, addressees: interrupted(once, contacts, 45_000, now) };
  expect(nextAttemptAt(twice, contacts, now)).toBe(now + repeatAfterMs(2) - 45_000);
});

test('new notices join a letter that no contact can have got, for a day', () => {
  const failed = tried(fresh, a, ['failed_temporary', now]);
  expect(mayGrow(fresh, now)).toBe(true);
  expect(mayGrow(failed, now + day - 1)).toBe(true);
  expect(mayGrow(failed, now + day)).toBe(false);
  expect(mayGrow(tried(failed, b, ['sent', now]), now)).toBe(false);
  expect(mayGrow(tried(failed, a, ['perhaps_taken', now]), now)).toBe(false);
  const again = { ...failed, addressees: dueAtOnce(failed.addressees, now + 1_000) };
  expect(recipientsDue(again, [a], now + 1_000)).toEqual([a]);
});
