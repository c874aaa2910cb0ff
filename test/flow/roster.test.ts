import { beforeEach, expect, test } from 'vitest';
import { type Attending, createRoster, lapseMs, type RosterPorts } from '../../src/flow/roster.ts';

const interval = 900_000;
const longGone = 2 * interval + 700_000;

let own: number | null;
let workers: Attending[];
let attended: (string | null)[];
let forgotten: number[];
let left: string[];
let served: (readonly number[])[];
let isTaking: boolean;
let isPaused: boolean;
let empty: Set<number>;

beforeEach(() => {
  [own, workers, attended, forgotten, left, served] = [1, [], [], [], [], []];
  [isTaking, isPaused, empty] = [true, false, new Set()];
});

const rosterOf = (overrides: Partial<RosterPorts> = {}) =>
  createRoster({
    store: {
      async attend(name) {
        attended.push(name);
        return { own: name === null ? null : own, workers };
      },
      depart: async (name) => void left.push(name),
      forget: async (number) => void forgotten.push(number),
    },
    name: 'mine',
    isTaking: () => isTaking,
    isPaused: () => isPaused,
    serve: (numbers) => served.push(numbers),
    isEmpty: async (number) => empty.has(number),
    intervalMs: () => interval,
    ...overrides,
  });
const alive = (...numbers: number[]) => numbers.map((number) => ({ number, quietMs: 500 }));
const gone = (number: number, quietMs = lapseMs + 1): Attending => ({ number, quietMs });

test('a worker that is alone has no queue of its own', async () => {
  const roster = rosterOf();
  workers = alive(1);
  await roster.look();
  expect({ served, shares: roster.shares(), alive: roster.alive() }).toEqual({
    served: [[]],
    shares: [],
    alive: [1],
  });
});

test('with another one it serves its share, and goes on with it when it is alone again', async () => {
  const roster = rosterOf();
  workers = alive(1, 2);
  await roster.look();
  workers = alive(1);
  await roster.look();
  expect(served).toEqual([[1], [1]]);
  expect({ shares: roster.shares(), served: roster.served() }).toEqual({ shares: [1], served: [1] });
});

test('the shares of those that are gone are served by all others, until there is a worker for them', async () => {
  const roster = rosterOf();
  workers = [...alive(1), gone(2), ...alive(3)];
  await roster.look();
  expect({ alive: roster.alive(), shares: roster.shares() }).toEqual({ alive: [1, 3], shares: [1, 2, 3] });
  workers = alive(1, 2, 3);
  await roster.look();
  expect(served).toEqual([[1, 2], [1]]);
});

test('a worker that has become another number serves that one', async () => {
  const roster = rosterOf();
  workers = alive(1, 2);
  await roster.look();
  own = 3;
  workers = alive(1, 2, 3);
  await roster.look();
  expect(served).toEqual([[1], [3]]);
});

test('one that takes no jobs gives no sign of life, and keeps what it serves', async () => {
  const roster = rosterOf();
  workers = alive(1, 2);
  await roster.look();
  isTaking = false;
  await roster.look();
  expect(attended).toEqual(['mine', null]);
  expect(served).toEqual([[1], [1]]);
});

test('while the queue of all is paused, those of the shares are, too', async () => {
  const roster = rosterOf();
  workers = alive(1, 2);
  isPaused = true;
  await roster.look();
  expect({ served, alive: roster.alive() }).toEqual({ served: [[]], alive: [1, 2] });
  isPaused = false;
  await roster.look();
  expect(served.at(-1)).toEqual([1]);
});

test('a share without a worker is forgotten when it has no jobs, and none can be planned any more', async () => {
  const roster = rosterOf();
  workers = [...alive(1), gone(2, longGone), gone(3, longGone), gone(4)];
  empty = new Set([2, 4]);
  await roster.look();
  expect(forgotten).toEqual([2]);
});

test('a process that takes no probes only reads the list', async () => {
  const roster = rosterOf({ name: null });
  workers = [...alive(1), gone(2, longGone)];
  empty = new Set([2]);
  await roster.look();
  await roster.leave();
  expect({ attended, served, forgotten, left }).toEqual({
    attended: [null],
    served: [],
    forgotten: [],
    left: [],
  });
  expect({ shares: roster.shares(), served: roster.served() }).toEqual({ shares: [1, 2], served: [] });
});

test('one that has left is not on the list again', async () => {
  const roster = rosterOf();
  await roster.leave();
  await roster.look();
  expect({ left, attended, served }).toEqual({ left: ['mine'], attended: [null], served: [] });
});
