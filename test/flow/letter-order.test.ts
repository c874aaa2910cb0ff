import { expect, test } from 'vitest';
import type { Addressee } from '../../src/core/addressee.ts';
import { inTurn } from '../../src/flow/letter-order.ts';
import type { StoredLetter } from '../../src/flow/outbox.ts';
import { now } from '../support/observations.ts';

const minute = 60_000;
const letterTo = (...addressees: Partial<Addressee>[]): StoredLetter => ({
  ...{ id: 'a-letter', createdAt: now, audience: null, isClaimed: false, token: '' },
  addressees: addressees.map((one) => ({
    ...{ address: '', state: 'owed', attempts: 0, copies: 0, nextAttemptAt: 0 },
    ...one,
  })),
});
const letter = letterTo();
const contacts = ['a@example.com', 'b@example.com'];

test('who has what comes first gets the letter; the others when it is due, and not before', () => {
  const [a = '', b = ''] = contacts;
  const after = [
    letterTo({ address: a, state: 'sent' }, { address: b, nextAttemptAt: now + 5 * minute, attempts: 9 }),
  ];
  expect(inTurn({ letter, after }, contacts, now)).toEqual({
    contacts: [a],
    againAt: now + 5 * minute + 1_000,
  });
});

test('what waits for two letters is looked at when the later one is due', () => {
  const [a = '', b = ''] = contacts;
  const late = { attempts: 9, nextAttemptAt: now + 4 * minute };
  // One that may have been accepted twice is not waited for.
  const perhaps = { address: b, copies: 2, nextAttemptAt: now + 9 * minute };
  const after = [
    letterTo({ address: a, state: 'sent' }, perhaps),
    letterTo({ address: a, ...late }, { address: b, state: 'sent' }),
    letterTo({ address: a, nextAttemptAt: now - minute }, { address: b, state: 'sent' }),
  ];
  expect(inTurn({ letter, after }, contacts, now)).toEqual({
    contacts: [b],
    againAt: now + 4 * minute + 1_000,
  });
});
