import { setMaxListeners } from 'node:events';
import { expect, test } from 'vitest';
import { createEndpointGate } from '../../src/flow/endpoint-gate.ts';

const never = new AbortController().signal;
// Every probe that waits listens to it.
setMaxListeners(0, never);

/** A gate whose timers are run by hand; `begun` names the probes in the order in which they began. */
function rig({ places = 4, slowPlaces = 10, isOnly = false } = {}) {
  const timers: (() => void)[] = [];
  const begun: string[] = [];
  const leaves = new Map<string, () => void>();
  const gate = createEndpointGate({
    places,
    slowPlaces,
    slowAfterMs: 1_000,
    isOnlyAccount: () => isOnly,
    after(_ms, run) {
      timers.push(run);
      return () => timers.splice(timers.indexOf(run), 1);
    },
  });
  return {
    begun,
    enter(name: string, account: string, endpoints = 1, signal = never) {
      return gate.enter(account, endpoints, signal).then((leave) => {
        begun.push(name);
        leaves.set(name, leave);
      });
    },
    async leave(name: string) {
      leaves.get(name)?.();
      await settle();
    },
    /** All probes that run have taken long. */
    async becomeSlow() {
      for (const run of timers.splice(0)) run();
      await settle();
    },
  };
}

/** What was admitted goes on from a promise. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('endpoints are counted, and not probes', async () => {
  const { begun, enter, leave } = rig({ isOnly: true });
  void enter('three', 'acme', 3);
  void enter('two', 'acme', 2);
  void enter('one', 'acme', 1);
  await settle();
  // In order within an account: what is small does not overtake what is large for ever.
  expect(begun).toEqual(['three']);
  await leave('three');
  expect(begun).toEqual(['three', 'two', 'one']);
});

test('one that has more endpoints than there are places comes alone', async () => {
  const { begun, enter, leave } = rig();
  void enter('huge', 'acme', 64);
  void enter('other', 'umbrella');
  await settle();
  expect(begun).toEqual(['huge']);
  await leave('huge');
  expect(begun).toEqual(['huge', 'other']);
});

test('an account holds half of the places at most while there are others, and all if it is alone', async () => {
  const shared = rig();
  for (let count = 0; count < 10; count += 1) void shared.enter(`acme ${count}`, 'acme');
  void shared.enter('umbrella 0', 'umbrella');
  await settle();
  expect(shared.begun).toEqual(['acme 0', 'acme 1', 'umbrella 0']);
  const alone = rig({ isOnly: true });
  for (let count = 0; count < 10; count += 1) void alone.enter(`acme ${count}`, 'acme');
  await settle();
  expect(alone.begun).toHaveLength(4);
});

test('accounts that wait come in turn, however many domains each has', async () => {
  const { begun, enter, leave } = rig({ places: 2 });
  for (const account of ['acme', 'umbrella', 'initech']) {
    for (let count = 0; count < 3; count += 1) void enter(`${account} ${count}`, account);
  }
  await settle();
  for (let next = 0; next < begun.length; next += 1) await leave(begun[next] ?? '');
  // By the order in which they began to wait, each account once.
  expect(begun).toEqual([
    ...['acme 0', 'umbrella 0'],
    ...['acme 1', 'umbrella 1', 'initech 0'],
    ...['acme 2', 'umbrella 2', 'initech 1'],
    'initech 2',
  ]);
});

test('a probe that takes long gives its place to one that waits, as far as there are places for slow ones', async () => {
  const { begun, enter, leave, becomeSlow } = rig({ places: 2, slowPlaces: 3, isOnly: true });
  for (let count = 0; count < 10; count += 1) void enter(`${count}`, 'acme');
  await settle();
  expect(begun).toHaveLength(2);
  await becomeSlow();
  expect(begun).toHaveLength(4);
  await becomeSlow();
  // Three are slow, and of the other two one is and found no place for it.
  expect(begun).toHaveLength(5);
  await leave('0');
  expect(begun).toHaveLength(5);
  await leave('3');
  expect(begun).toHaveLength(6);
});

test('one that is called off while it waits leaves no gap', async () => {
  const { begun, enter, leave } = rig({ places: 1, isOnly: true });
  void enter('first', 'acme');
  const stopping = new AbortController();
  const refused = enter('second', 'acme', 1, stopping.signal);
  void enter('third', 'acme');
  stopping.abort(new Error('shutting down'));
  await expect(refused).rejects.toThrow('shutting down');
  await leave('first');
  expect(begun).toEqual(['first', 'third']);
  await expect(enter('late', 'acme', 1, stopping.signal)).rejects.toThrow('shutting down');
});
