import { expect, test } from 'vitest';
import {
  adoptedIdentity,
  judgeStore,
  type SeenStore,
  type StoreIdentity,
  type StoreReading,
} from '../../src/core/store-identity.ts';

const store = (id: string, generation: number, ...follows: string[]): StoreIdentity => ({
  id,
  generation,
  follows,
});
const seen = (id: string, generation: number): SeenStore => ({ id, generation });

test.each<[string, StoreIdentity | null, SeenStore[], SeenStore | null, string]>([
  ['an empty store, of a first start', null, [], null, 'fresh'],
  ['an empty store that another process remembers differently', null, [seen('a', 5)], null, 'lost'],
  ['an empty store after another was seen', null, [], seen('a', 5), 'lost'],
  ['a store that is new to this process', store('a', 9), [], null, 'first'],
  [
    'the same, after a process of another installation connected',
    store('a', 9),
    [seen('b', 99)],
    null,
    'first',
  ],
  ['the same, but another process saw it later', store('a', 4), [seen('a', 5)], null, 'older'],
  ['the one last seen', store('a', 9), [], seen('a', 9), 'same'],
  ['the one last seen, some time ago', store('a', 9), [], seen('a', 5), 'same'],
  ['a backup of it', store('a', 4), [], seen('a', 5), 'older'],
  ['another one', store('b', 9), [], seen('a', 5), 'other'],
  ['one that was adopted in its place', store('b', 9, 'x', 'a'), [], seen('a', 5), 'same'],
])('%s', (_, identity, missed, remembered, judgement) => {
  expect(judgeStore({ identity, missed }, remembered)).toBe(judgement);
});

test('a store that lost only its tokens stays closed, whatever the processes remember', () => {
  const reading = { identity: store('a', 9), missed: [], tokensLost: true };
  expect([seen('a', 9), seen('b', 1), null].map((one) => judgeStore(reading, one))).toEqual(
    Array(3).fill('tokenless'),
  );
  expect(judgeStore({ ...reading, identity: null }, seen('a', 9))).toBe('lost');
});

test.each<[string, StoreReading, SeenStore | null]>([
  ['an empty one', { identity: null, missed: [seen('a', 5), seen('b', 3)] }, null],
  ['a backup', { identity: store('a', 2), missed: [seen('a', 5)] }, null],
  ['another one', { identity: store('c', 2, 'd'), missed: [seen('a', 5)] }, seen('b', 9)],
])('once adopted, %s is right for processes that knew another one, and for new ones', (_, reading, own) => {
  const identity = adoptedIdentity(reading, own, 'new');
  const now = { identity, missed: [] };
  const known = [
    ...reading.missed,
    ...(own === null ? [] : [own]),
    ...(reading.identity ? [reading.identity] : []),
  ];
  for (const one of known) expect(judgeStore(now, one)).toBe('same');
  expect(judgeStore(now, null)).toBe('first');
  expect(judgeStore(now, seen('new', 0))).toBe('same');
  // The store that it replaced is a different one.
  for (const one of known)
    expect(judgeStore({ identity: { ...one, follows: [] }, missed: [] }, seen('new', 0))).toBe('other');
});

test('names a bounded number of predecessors', () => {
  let identity: StoreIdentity | null = null;
  for (let index = 0; index < 200; index += 1)
    identity = adoptedIdentity({ identity, missed: [] }, null, `${index}`);
  expect(identity?.follows).toHaveLength(50);
  expect(identity?.follows.at(-1)).toBe('198');
});
