import { setMaxListeners } from 'node:events';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RedisLink } from '../../src/adapters/redis/connect.ts';
import { accountKeys } from '../../src/adapters/redis/keys.ts';
import { createOverviewReader } from '../../src/adapters/redis/overview.ts';
import { createProbeStore } from '../../src/adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../../src/adapters/redis/provisioning-store.ts';
import type { Domain } from '../../src/core/domain.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { BatchedDomain } from '../../src/flow/batches.ts';
import { checkDomain } from '../../src/flow/check-domain.ts';
import type { Happening } from '../../src/flow/journal.ts';
import { type ProbeBatchPorts, probeBatch } from '../../src/flow/probe-batch.ts';
import type { ProbeStore } from '../../src/flow/probe-store.ts';
import { createSettledDomains } from '../../src/flow/settled.ts';
import { linkTo } from '../adapters/redis/link.ts';
import { intermediate, leaf, newLeaf, now, pinOf, rules, seen } from '../support/observations.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { requires } from '../support/requires.ts';

const good = seen({ presented: [leaf, intermediate] });
const bad = seen({ presented: [newLeaf, intermediate] });
const settings = { probe: { confirmAfterMs: 2_000, timeoutMs: 10_000 }, notify: rules, platforms: [] };
const domainOf = (host: string): Domain => ({ host, port: 443, pins: [leaf.pin, pinOf('backup')] });

requires('redis-server')('a batch, with its records in Redis', () => {
  let server: RedisServer;
  let link: RedisLink;
  let store: ProbeStore;
  let clock: number;
  let happenings: Happening[];
  /** What each host shows; `good` if it is not here. */
  let shown: Map<string, Observation[]>;
  let looked: string[];
  let ports: ProbeBatchPorts;
  let commands: { loaded: number; same: number; reread: number; touched: number; committed: number };

  beforeAll(async () => {
    server = await startRedis();
    link = await linkTo(server.url);
  });
  afterAll(async () => {
    await link.close();
    await server.close();
  });
  beforeEach(async () => {
    await link.redis.flushall();
    clock = now;
    happenings = [];
    shown = new Map();
    looked = [];
    commands = { loaded: 0, same: 0, reread: 0, touched: 0, committed: 0 };
    const real = createProbeStore(link.redis);
    store = {
      load(ref) {
        commands.reread += 1;
        return real.load(ref);
      },
      async loadMany(wanted) {
        commands.loaded += 1;
        const found = await real.loadMany(wanted);
        commands.same += found.filter(({ is }) => is === 'same').length;
        return found;
      },
      commit(...args) {
        commands.committed += 1;
        return real.commit(...args);
      },
      touch(touches) {
        commands.touched += touches.length;
        return real.touch(touches);
      },
    };
    ports = {
      probeStore: store,
      async observe(domain) {
        looked.push(domain.host);
        clock += 10;
        return shown.get(domain.host) ?? [good];
      },
      nudge: async () => {},
      clock: () => clock,
      steady: () => clock,
      pause: async (ms) => {
        clock += ms;
      },
      journal: (happening) => happenings.push(happening),
      settled: createSettledDomains(40 * 86_400_000, () => clock),
      gate: { enter: async () => () => {} },
    };
    const accounts = ['acme', 'umbrella'].map((name) => ({
      ...{ name, contacts: ['devops@example.com'] },
      domains: [domainOf(`a.${name}.example`), domainOf(`b.${name}.example`)],
    }));
    await createProvisioningStore(link.redis).provision(accounts);
  });

  const all: BatchedDomain[] = ['acme', 'umbrella'].flatMap((account) =>
    ['a', 'b'].map((name) => ({ account, domain: `${name}.${account}.example`, afterMs: 0 })),
  );
  const signals = () => {
    const ending = new AbortController();
    setMaxListeners(0, ending.signal);
    return { signal: ending.signal, stopping: ending.signal, ending };
  };
  const run = (domains = all, skipProbedSince: number | null = null, sweep = '1') =>
    probeBatch({ sweep, domains, skipProbedSince }, settings, ports, signals());
  const verdicts = () => happenings.flatMap((one) => (one.kind === 'probed' ? [one.verdict] : []));
  const recordOf = async (account: string, domain: string) => (await store.load({ account, domain }))?.record;

  test('is probed and recorded, and the next one that sees the same only notes the time', async () => {
    expect(await run()).toEqual([]);
    expect(commands).toMatchObject({ loaded: 1, touched: 0, committed: 4 });
    expect(verdicts()).toEqual(Array(4).fill('match'));
    const before = await link.redis.hgetall(accountKeys('acme').records);

    clock = now + 900_000;
    happenings = [];
    await run(all, null, '2');
    expect(commands).toMatchObject({ loaded: 2, touched: 4, committed: 4 });
    expect(verdicts()).toEqual(Array(4).fill('match'));
    expect(happenings.every((one) => one.kind === 'probed' && !one.isNew)).toBe(true);
    expect(await link.redis.hgetall(accountKeys('acme').records)).toEqual(before);
    const record = await recordOf('acme', 'a.acme.example');
    expect(record?.lastProbeAt).toBeGreaterThanOrEqual(now + 900_000);
    expect(record?.lastConclusiveAt).toBe(record?.lastProbeAt);
    // Metrics and the next sweep see it, too.
    const reader = createOverviewReader(link.redis);
    const [status] = await reader.statusesOf('acme');
    expect(status?.status.lastProbeAt).toBe(record?.lastProbeAt);
  });

  test('one that sees the same after seconds is slow, until the same is seen at once again', async () => {
    const reader = createOverviewReader(link.redis);
    const slow = async () => (await reader.statusesOf('acme'))[0]?.status.slow;
    await run();
    expect(await slow()).toBeUndefined();
    for (const [durationMs, isSlow] of [
      [2_000, true],
      [40, undefined],
    ] as const) {
      clock += 900_000;
      shown.set('a.acme.example', [{ ...good, durationMs }]);
      await run(all, null, String(clock));
      expect(await slow()).toBe(isSlow);
    }
    // Neither was judged again.
    expect(commands).toMatchObject({ touched: 8, committed: 4 });
  });

  test('another chain is judged at once, confirmed, and told', async () => {
    await run();
    clock = now + 900_000;
    shown.set('b.acme.example', [bad]);
    await run(all, null, '2');
    expect(happenings.filter(({ kind }) => kind === 'transition')).toMatchObject([
      { ref: { domain: 'b.acme.example' }, transition: { transition: 'opened', kind: 'pin_mismatch' } },
    ]);
    expect(commands.touched).toBe(3);
    // The look that found it counts as the first one.
    expect(looked.filter((host) => host === 'b.acme.example').length).toBe(1 + 5);
    // While it is open nothing of it is taken from memory.
    shown.delete('b.acme.example');
    clock += 900_000;
    const { committed } = commands;
    await run(all, null, '3');
    expect(commands.committed).toBe(committed + 1);
  });

  test('what an admin has changed since is probed as it is now', async () => {
    await run();
    clock = now + 900_000;
    const { domains } = accountKeys('acme');
    const change = async () => {
      const text = JSON.parse((await link.redis.hget(domains, 'a.acme.example')) ?? '') as Domain;
      await link.redis.hset(domains, 'a.acme.example', JSON.stringify({ ...text, pins: [newLeaf.pin] }));
    };
    // While its batch runs: it was loaded as it had been.
    const { observe } = ports;
    let isChanged = false;
    ports = {
      ...ports,
      async observe(domain, look, signal) {
        if (domain.host === 'a.acme.example' && !isChanged) {
          isChanged = true;
          await change();
        }
        return observe(domain, look, signal);
      },
    };
    await run(all, null, '2');
    expect(happenings.filter(({ kind }) => kind === 'transition')).toMatchObject([
      { ref: { domain: 'a.acme.example' }, transition: { kind: 'pin_mismatch' } },
    ]);
    // One that is gone is nothing to be told of.
    await link.redis.hdel(domains, 'b.acme.example');
    happenings = [];
    await run(all, null, '3');
    expect(happenings.some((one) => one.kind === 'probed' && one.ref.domain === 'b.acme.example')).toBe(
      false,
    );
    expect(await link.redis.hexists(accountKeys('acme').records, 'b.acme.example')).toBe(1);
  });

  test("another account's settings and an old memory are judged anew, another process's equal probe is not", async () => {
    await run();
    /** How many of a round were known, and how many of those were judged anew all the same. */
    const round = async () => {
      const before = { ...commands };
      clock += 900_000;
      await run(all, null, String(clock));
      return [commands.same - before.same, commands.reread - before.reread];
    };
    expect(await round()).toEqual([4, 0]);
    const { account } = accountKeys('acme');
    const settingsOf = JSON.parse((await link.redis.get(account)) ?? '');
    const renotify = { ...settingsOf, notify: { expiringWithinMs: 90 * 86_400_000 } };
    await link.redis.set(account, JSON.stringify(renotify));
    // The account's certificates expire within that, so its domains are not settled any more.
    expect(await round()).toEqual([2, 0]);
    expect(await round()).toEqual([2, 0]);
    const ref = { account: 'umbrella', domain: 'a.umbrella.example' };
    const other = { ...ports, settled: createSettledDomains(1_000, () => clock) };
    const { committed } = commands;
    await checkDomain(ref, null, settings, other, signals().signal);
    expect(commands.committed).toBe(committed);
    expect(other.settled.get(ref)?.token).toEqual(ports.settled.get(ref)?.token);
    expect(await round()).toEqual([2, 0]);
    clock += 31 * 86_400_000;
    expect(await round()).toEqual([2, 2]);
    expect(await round()).toEqual([2, 0]);
  });

  test('each domain begins at its own moment', async () => {
    const moments: [string, number][] = [];
    let wall = 0;
    const waits: { ms: number; go: () => void }[] = [];
    ports = {
      ...ports,
      clock: () => now + wall,
      steady: () => wall,
      pause: (ms) => new Promise((resolve) => waits.push({ ms: wall + ms, go: resolve })),
      async observe({ host }) {
        moments.push([host, wall]);
        return [good];
      },
    };
    const spread = all.map((one, index) => ({ ...one, afterMs: 1_000 * index }));
    const done = run(spread);
    for (wall = 0; moments.length < 4; wall += 500) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      for (const wait of waits.filter(({ ms }) => ms <= wall)) wait.go();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await done;
    expect(moments).toEqual(spread.map(({ domain, afterMs }) => [domain, afterMs]));
  });

  test('a clock that is set back in between holds up nobody', async () => {
    const pauses: number[] = [];
    let steady = 0;
    ports = {
      ...ports,
      steady: () => steady,
      pause: async (ms) => {
        pauses.push(ms);
        steady += ms;
        clock -= 240_000;
      },
    };
    await run(all.map((one, index) => ({ ...one, afterMs: 1_000 * index })));
    expect(pauses).toEqual([1_000, 1_000, 1_000]);
    expect(looked).toHaveLength(4);
  });

  test('one that another worker had begun leaves out what was probed, and waits for nothing', async () => {
    await run(all.slice(0, 2));
    looked = [];
    await run(
      all.map((one) => ({ ...one, afterMs: 10_000 })),
      now,
    );
    expect(looked.sort()).toEqual(['a.umbrella.example', 'b.umbrella.example']);
    expect(clock).toBeLessThan(now + 10_000);
    // A second run of the same sweep makes no second transition.
    shown.set('a.acme.example', [bad]);
    await run([all[0] as BatchedDomain], null, '2');
    await run([all[0] as BatchedDomain], null, '2');
    expect(happenings.filter(({ kind }) => kind === 'transition')).toHaveLength(1);
  });

  test('a probe that fails leaves the others recorded, and the batch to be run again', async () => {
    const { observe } = ports;
    ports = {
      ...ports,
      async observe(domain, look, signal) {
        if (domain.host === 'b.acme.example') throw new Error('a bug');
        return observe(domain, look, signal);
      },
    };
    await expect(run()).rejects.toThrow('a bug');
    expect(verdicts()).toHaveLength(3);
    expect((await recordOf('umbrella', 'b.umbrella.example'))?.lastProbeAt).toBeGreaterThan(0);
  });

  test('at a shutdown what is under way ends, and the rest is given back', async () => {
    const ending = new AbortController();
    const stopping = new AbortController();
    ports = {
      ...ports,
      async observe() {
        stopping.abort(new Error('shutting down'));
        return [good];
      },
      pause: (_ms, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    };
    const spread = all.map((one, index) => ({ ...one, afterMs: index === 0 ? 0 : 5_000 }));
    const batch = { sweep: '1', domains: spread, skipProbedSince: null };
    const left = await probeBatch(batch, settings, ports, {
      signal: ending.signal,
      stopping: stopping.signal,
    });
    expect(left).toEqual(spread.slice(1));
    expect(verdicts()).toEqual(['match']);
  });
});
