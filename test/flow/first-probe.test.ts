import { EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RedisLink } from '../../src/adapters/redis/connect.ts';
import { createProbeStore } from '../../src/adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../../src/adapters/redis/provisioning-store.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { Batch } from '../../src/flow/batches.ts';
import { createFirstProbe, type FirstProbePorts } from '../../src/flow/first-probe.ts';
import type { Happening } from '../../src/flow/journal.ts';
import { linkTo } from '../adapters/redis/link.ts';
import { intermediate, leaf, newLeaf, now, pinOf, rules, seen } from '../support/observations.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { requires } from '../support/requires.ts';

const good = seen({ presented: [leaf, intermediate] });
const settings = { probe: { confirmAfterMs: 2_000, timeoutMs: 10_000 }, notify: rules, platforms: [] };

requires('redis-server')('a first probe, with its record in Redis', () => {
  let server: RedisServer;
  let link: RedisLink;
  beforeAll(async () => {
    server = await startRedis();
    link = await linkTo(server.url);
  });
  afterAll(async () => {
    await link.close();
    await server.close();
  });

  const hosts = Array.from({ length: 51 }, (_, index) => `${index}.example.com`);
  const signal = new AbortController().signal;
  let changes: EventEmitter;
  let looks: number;
  let happenings: Happening[];
  let batches: Batch[];
  let idle: number;
  let timers: { readonly ms: number; run(): void }[];
  let answer: (observations: Observation[]) => void;
  let ports: FirstProbePorts;
  let places: number;

  beforeEach(async () => {
    await link.redis.flushall();
    const domains = hosts.map((host) => ({ host, port: 443, pins: [leaf.pin, pinOf('backup')] }));
    await createProvisioningStore(link.redis).provision([
      { name: 'acme', contacts: ['devops@example.com'], domains },
    ]);
    [happenings, batches, timers, idle, places, looks] = [[], [], [], 0, 0, 0];
    changes = new EventEmitter();
    ports = {
      probeStore: createProbeStore(link.redis),
      observe: (_domain, _look, ending) =>
        new Promise((resolve, reject) => {
          answer = resolve;
          looks += 1;
          ending.addEventListener('abort', () => reject(ending.reason));
          changes.emit('observing');
        }),
      nudge: async () => {},
      clock: () => now,
      pause: async () => {},
      journal: (happening) => happenings.push(happening),
      gate: {
        async enter() {
          places += 1;
          return () => {
            places -= 1;
          };
        },
      },
      enqueue: async (some) => void batches.push(...some),
      after(ms, run) {
        const timer = { ms, run };
        timers.push(timer);
        changes.emit('timer', ms);
        return () => {
          timers = timers.filter((one) => one !== timer);
        };
      },
      idleMs: () => idle,
    };
  });

  /** Runs the timers of so many milliseconds. */
  function pass(ms: number): void {
    const due = timers.filter((timer) => timer.ms === ms);
    timers = timers.filter((timer) => timer.ms !== ms);
    for (const { run } of due) run();
  }
  const begin = async (some: readonly string[], sweep: string | null = '1', ending = signal) => {
    const first = createFirstProbe(ports);
    return some.map(async (domain) => first({ account: 'acme', domain }, sweep, settings, ending));
  };
  const observing = async (count: number) => {
    while (looks < count) await once(changes, 'observing');
  };

  test('of a server that answers is like any other', async () => {
    const [probe] = await begin(['0.example.com']);
    await observing(1);
    answer([good]);
    await probe;
    expect(happenings).toMatchObject([{ kind: 'probed', verdict: 'match' }]);
    expect({ batches, timers, places }).toEqual({ batches: [], timers: [], places: 0 });
  });

  test('of one that does not is given up while nothing else is to be done, and made among the slow ones', async () => {
    const waiting = observing(2);
    const probes = await begin(['0.example.com', '1.example.com']);
    await waiting;
    idle += 900;
    const gathering = once(changes, 'timer');
    pass(1_000);
    await gathering;
    // Their places are free, though the job that goes on with them is not stored yet.
    expect({ places, batches }).toEqual({ places: 0, batches: [] });
    pass(250);
    await Promise.all(probes);
    expect(happenings).toEqual([]);
    expect(batches).toMatchObject([
      {
        ...{ sweep: '1', lane: 'slow', delayMs: 0, name: 'first acme 0.example.com' },
        domains: ['0.example.com', '1.example.com'].map((domain) => ({
          account: 'acme',
          domain,
          afterMs: 0,
        })),
      },
    ]);
  });

  test('is not given up by a process that is busy', async () => {
    const waiting = observing(1);
    const [probe] = await begin(['0.example.com']);
    await waiting;
    idle += 50;
    pass(1_000);
    answer([good]);
    await probe;
    expect(happenings).toMatchObject([{ kind: 'probed' }]);
    expect({ batches, timers }).toEqual({ batches: [], timers: [] });
  });

  test('is not given up while it waits for the moment to confirm what it saw', async () => {
    ports = {
      ...ports,
      observe: async () => [seen({ presented: [newLeaf, intermediate] })],
      pause: async (_ms, ending) => {
        idle += 900;
        pass(1_000);
        ending.throwIfAborted();
      },
    };
    const [probe] = await begin(['0.example.com']);
    await probe;
    expect(happenings[0]).toMatchObject({ kind: 'probed', verdict: 'mismatch', confirmed: true });
    expect({ batches, timers, places }).toEqual({ batches: [], timers: [], places: 0 });
  });

  test('is in a batch of no more than any other', async () => {
    const waiting = observing(51);
    const probes = await begin(hosts, null);
    await waiting;
    idle += 900;
    pass(1_000);
    await Promise.all(probes.slice(0, 50));
    expect(batches.map(({ domains, sweep }) => [domains.length, sweep])).toEqual([[50, null]]);
    pass(250);
    await Promise.all(probes);
    expect(batches.map(({ domains }) => domains.length)).toEqual([50, 1]);
  });

  test('fails if it cannot be handed over, or is cancelled: its job runs again', async () => {
    ports = { ...ports, enqueue: () => Promise.reject(new Error('Redis was away')) };
    const waiting = observing(1);
    const [probe] = await begin(['0.example.com']);
    await waiting;
    idle += 900;
    const gathering = once(changes, 'timer');
    pass(1_000);
    await gathering;
    pass(250);
    await expect(probe).rejects.toThrow('Redis was away');

    const ending = new AbortController();
    const again = observing(2);
    const [cancelled] = await begin(['1.example.com'], '1', ending.signal);
    await again;
    ending.abort(new Error('shutting down'));
    await expect(cancelled).rejects.toThrow('shutting down');
    expect({ timers, places }).toEqual({ timers: [], places: 0 });
  });
});
