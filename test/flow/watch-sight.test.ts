import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createAdminStore } from '../../src/adapters/redis/admin-store.ts';
import type { RedisLink } from '../../src/adapters/redis/connect.ts';
import { createOutbox } from '../../src/adapters/redis/outbox.ts';
import { createOverviewReader } from '../../src/adapters/redis/overview.ts';
import { createProbeStore } from '../../src/adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../../src/adapters/redis/provisioning-store.ts';
import { createSightStore } from '../../src/adapters/redis/sight-store.ts';
import { isBlinded } from '../../src/core/blind-incident.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { KnownRegion } from '../../src/core/region.ts';
import { checkDomain } from '../../src/flow/check-domain.ts';
import type { Happening } from '../../src/flow/journal.ts';
import { createSightWatch } from '../../src/flow/watch-sight.ts';
import { linkTo } from '../adapters/redis/link.ts';
import { failed, intermediate, leaf, newLeaf, now, rules, seen } from '../support/observations.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { requires } from '../support/requires.ts';

const minute = 60_000;
const intervalMs = 15 * minute;
const never = new AbortController().signal;
const good = seen({ presented: [leaf, intermediate] });
const bad = seen({ presented: [newLeaf, intermediate] });
const refused = failed('connection_refused');
const hosts = (count: number) => Array.from({ length: count }, (_, index) => `api${index}.example.com`);

requires('redis-server')('the watch of what is seen, with records in Redis', () => {
  let server: RedisServer;
  let link: RedisLink;
  let clock: number;
  let sweeps: number;
  let told: string[];
  let nudged: string[];

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
    sweeps = 0;
    told = [];
    nudged = [];
    regions = [];
  });

  const register = (accounts: Readonly<Record<string, readonly string[]>>) =>
    createProvisioningStore(link.redis).provision(
      Object.entries(accounts).map(([name, own]) => ({
        name,
        contacts: [`${name}@example.com`],
        domains: own.map((host) => ({ host, port: 443, pins: [leaf.pin], provisionedBy: 'pinwatch.yaml' })),
      })),
    );
  const journal = (happening: Happening) => {
    if (happening.kind === 'transition') {
      const { kind, transition } = happening.transition;
      told.push(`${transition} ${kind} ${happening.ref.account}/${happening.ref.domain}`);
    } else if (happening.kind === 'blind_transition') {
      told.push(`${happening.transition.transition} blind ${happening.account}`);
    }
  };
  const nudge = async (account: string) => {
    nudged.push(account);
  };
  let regions: readonly KnownRegion[] = [];
  const sightStore = () => createSightStore(link.redis);

  function watcher(steady = () => clock) {
    return createSightWatch({
      statuses: createOverviewReader(link.redis).statuses,
      regions: async () => regions,
      sightStore: sightStore(),
      adminStore: createAdminStore(link.redis),
      intervalMs: () => intervalMs,
      notify: () => rules,
      clock: () => clock,
      steady,
      fitSince: () => 0,
      hasJustStepped: () => false,
      nudge,
      journal,
    });
  }
  const probe = (account: string, domain: string, see: Observation | Observation[]) =>
    checkDomain(
      { account, domain },
      String(sweeps),
      { probe: { confirmAfterMs: 2_000, timeoutMs: 10_000 }, notify: rules, platforms: [] },
      {
        probeStore: createProbeStore(link.redis),
        observe: async () => [see].flat(),
        isBlinded: async (of, begunAt) => isBlinded((await sightStore().load(of)).record, begunAt),
        ...{ nudge, journal, clock: () => clock, pause: async () => {} },
      },
      never,
    );
  /** One round over these, and looks in between. */
  async function sweep(
    watches: readonly ReturnType<typeof watcher>[],
    accounts: Readonly<Record<string, readonly string[]>>,
    seeing: (host: string) => Observation | Observation[],
  ) {
    sweeps += 1;
    const all = Object.entries(accounts).flatMap(([account, own]) => own.map((host) => ({ account, host })));
    for (const [index, { account, host }] of all.entries()) {
      clock = now + sweeps * intervalMs + Math.floor((0.9 * intervalMs * index) / all.length);
      await probe(account, host, seeing(host));
      for (const watch of watches) await watch.look();
    }
  }

  test('an outage of 40 domains is one notice, however many servers look, and so is its end', async () => {
    const accounts = { acme: hosts(40) };
    await register(accounts);
    const watches = [watcher(), watcher()];
    await sweep(watches, accounts, () => good);
    for (let round = 0; round < 4; round += 1) await sweep(watches, accounts, () => refused);
    expect(told).toEqual(['opened blind acme']);
    expect(watches.map((watch) => watch.blind())).toEqual([1, 1]);
    expect((await sightStore().load('acme')).record.report).toMatchObject({
      ...{ scope: 'installation', cause: 'nothing_seen', domains: 40, seen: 0, lost: 40 },
      failures: [{ code: 'connection_refused', domains: 20 }],
    });
    expect(await createOutbox(link.redis).pace('acme')).toMatchObject({ criticalSince: expect.any(Number) });
    expect(nudged).toEqual(['acme']);
    for (let round = 0; round < 4; round += 1) await sweep(watches, accounts, () => good);
    expect(told).toEqual(['opened blind acme', 'closed blind acme']);
    expect(watches.map((watch) => watch.blind())).toEqual([0, 0]);
  });

  test('a region without workers is blind until one is there again, and nothing of its domains is held back', async () => {
    const accounts = { acme: hosts(3), other: hosts(1) };
    await register(accounts);
    const [watch] = [watcher()];
    const there = { name: 'eu-west', workers: 2, silentMs: 0 };
    const away = (silentMs: number) => ({ name: 'us-east', workers: 0, silentMs });
    regions = [there, { name: 'us-east', workers: 1, silentMs: 0 }];
    await sweep([watch], accounts, () => good);
    regions = [there, away(5 * minute)];
    await watch.look();
    expect(told).toEqual([]);
    regions = [there, away(6 * minute)];
    await watch.look();
    await watch.look();
    expect(told).toEqual(['opened blind acme', 'opened blind other']);
    expect(watch.blind()).toBe(0);
    const { incident, regions: open } = (await sightStore().load('acme')).record;
    expect(incident).toBeNull();
    expect(open?.['us-east']?.report).toMatchObject({
      ...{ cause: 'region_away', region: 'us-east', others: ['eu-west'], domains: 3, seen: 3 },
    });
    expect(open?.['us-east']?.incident).toMatchObject({ severity: 'warning', since: clock - 6 * minute });
    expect(isBlinded((await sightStore().load('acme')).record, clock)).toBe(false);
    regions = [there, { name: 'us-east', workers: 1, silentMs: 0 }];
    await watch.look();
    expect(told.slice(2)).toEqual(['closed blind acme', 'closed blind other']);
    expect((await sightStore().load('acme')).record.regions).toBeUndefined();
  });

  test('a region that is forgotten ends its blindness, and says so; without any worker it is no matter of a region', async () => {
    const accounts = { acme: hosts(3) };
    await register(accounts);
    const watch = watcher();
    const us = { name: 'us-east', workers: 0, silentMs: 20 * 60 * minute };
    regions = [{ name: 'eu-west', workers: 0, silentMs: 10 * minute }, us];
    await watch.look();
    expect(told).toEqual([]);
    regions = [{ name: 'eu-west', workers: 1, silentMs: 0 }, us];
    await watch.look();
    regions = [{ name: 'eu-west', workers: 1, silentMs: 0 }];
    await watch.look();
    expect(told).toEqual(['opened blind acme', 'closed blind acme']);
    const notices = await link.redis.lrange('pinwatch:{acme}:notices', 0, -1);
    expect(notices.at(-1)).toContain('"forgotten":true');
  });

  test('a region whose workers are heard from and answer nothing is blind until they answer', async () => {
    const accounts = { acme: hosts(4) };
    await register(accounts);
    const inWest = { ...good, region: 'eu-west' };
    const answered = [inWest, { ...good, region: 'us-east' }];
    const unanswered = [inWest, { ...failed('region_away', null), region: 'us-east' }];
    regions = [
      { name: 'eu-west', workers: 1, silentMs: 0 },
      { name: 'us-east', workers: 1, silentMs: 0 },
    ];
    const [watch, second] = [watcher(), watcher()];
    await sweep([watch, second], accounts, () => answered);
    // A worker that was restarted.
    await sweep([watch], accounts, (host) => (host === hosts(1)[0] ? unanswered : answered));
    await sweep([watch], accounts, () => answered);
    expect(told).toEqual([]);
    // One of the workers there probes itself, and sees what it probes.
    const own = (host: string) => (host === hosts(1)[0] ? answered : unanswered);
    for (let round = 0; round < 2; round += 1) await sweep([watch], accounts, own);
    expect(told).toEqual(['opened blind acme']);
    const { regions: open } = (await sightStore().load('acme')).record;
    expect(open?.['us-east']?.report).toMatchObject({ cause: 'region_away', others: ['eu-west'], seen: 4 });
    // A process that has just noticed closes nothing, nor does one that knows nothing yet.
    const fresh = watcher();
    // One of ten looks is at all accounts.
    for (let count = 0; count < 12; count += 1) for (const one of [second, fresh]) await one.look();
    expect(told).toEqual(['opened blind acme']);
    await sweep([watch, fresh], accounts, own);
    expect(told).toEqual(['opened blind acme']);
    await sweep([watch, fresh], accounts, () => answered);
    expect(told).toEqual(['opened blind acme', 'closed blind acme']);
  });

  test('a region from which no domain can be judged is blind, while others see them', async () => {
    const accounts = { acme: hosts(4) };
    await register(accounts);
    const inWest = { ...good, region: 'eu-west' };
    const seenFromBoth = [inWest, { ...good, region: 'us-east' }];
    const lost = [inWest, { ...failed('dns_failed', null), region: 'us-east' }];
    regions = [
      { name: 'eu-west', workers: 1, silentMs: 0 },
      { name: 'us-east', workers: 1, silentMs: 0 },
    ];
    const watch = watcher();
    await sweep([watch], accounts, () => seenFromBoth);
    // One server that can't be reached from there is not the region's fault.
    const one = (host: string) => (host === hosts(1)[0] ? seenFromBoth : lost);
    for (let round = 0; round < 3; round += 1) await sweep([watch], accounts, one);
    expect(told).toEqual([]);
    for (let round = 0; round < 2; round += 1) await sweep([watch], accounts, () => lost);
    expect(told).toEqual(['opened blind acme']);
    const { regions: open } = (await sightStore().load('acme')).record;
    expect(open?.['us-east']?.report).toMatchObject({ cause: 'region_sees_nothing', others: ['eu-west'] });
    await sweep([watch], accounts, () => seenFromBoth);
    expect(told).toEqual(['opened blind acme', 'closed blind acme']);
    const notices = await link.redis.lrange('pinwatch:{acme}:notices', 0, -1);
    expect(notices.at(-1)).toContain('"cause":"region_sees_nothing"');
  });

  test('what is still unreachable afterwards is told, with the time since when it is', async () => {
    const accounts = { acme: hosts(6) };
    await register(accounts);
    const watches = [watcher()];
    await sweep(watches, accounts, () => good);
    for (let round = 0; round < 4; round += 1) await sweep(watches, accounts, () => refused);
    told = [];
    const stillDead = (host: string) => (host === 'api3.example.com' ? refused : good);
    for (let round = 0; round < 2; round += 1) await sweep(watches, accounts, stillDead);
    expect(told).toEqual(['closed blind acme', 'opened unreachable acme/api3.example.com']);
    const ref = { account: 'acme', domain: 'api3.example.com' };
    const { since = 0 } = (await createAdminStore(link.redis).record(ref))?.incidents.unreachable ?? {};
    expect(since).toBeLessThan(now + 5 * intervalMs);
  });

  test('a mismatch that is seen meanwhile is told, and ends the blindness', async () => {
    const accounts = { acme: hosts(6) };
    await register(accounts);
    const watches = [watcher()];
    await sweep(watches, accounts, () => good);
    for (let round = 0; round < 3; round += 1) await sweep(watches, accounts, () => refused);
    await sweep([], accounts, (host) => (host === 'api3.example.com' ? bad : refused));
    expect(told).toEqual(['opened blind acme', 'opened pin_mismatch acme/api3.example.com']);
    told = [];
    await sweep(watches, accounts, () => bad);
    expect(told.sort()).toEqual([
      'closed blind acme',
      ...[0, 1, 2, 4, 5].map((index) => `opened pin_mismatch acme/api${index}.example.com`),
    ]);
  });

  test('the network of the installation is told to every account, one domain or many; an account alone to itself', async () => {
    const accounts = { acme: hosts(3), small: ['one.example.com'], other: ['two.example.com'] };
    await register(accounts);
    const watches = [watcher()];
    await sweep(watches, accounts, () => good);
    for (let round = 0; round < 4; round += 1) await sweep(watches, accounts, () => refused);
    expect(told.sort()).toEqual(['opened blind acme', 'opened blind other', 'opened blind small']);
    told = [];
    const alone = (host: string) => (host.startsWith('api') ? refused : good);
    for (let round = 0; round < 3; round += 1) await sweep(watches, accounts, alone);
    // Of acme nothing is seen all the time.
    expect(told.sort()).toEqual(['closed blind other', 'closed blind small']);
    await sweep(watches, accounts, () => good);
    told = [];
    for (let round = 0; round < 4; round += 1) await sweep(watches, accounts, alone);
    expect(told).toEqual(['opened blind acme']);
  });

  test('what a server opened that is gone is closed by another, which never knew of it', async () => {
    const accounts = { acme: hosts(3), other: hosts(3) };
    await register(accounts);
    const [first, second] = [watcher(), watcher()];
    await sweep([first, second], accounts, () => good);
    for (let round = 0; round < 3; round += 1) await sweep([first], accounts, () => refused);
    await sweep([], accounts, () => good);
    expect(told.sort()).toEqual(['opened blind acme', 'opened blind other']);
    told = [];
    for (let looks = 0; looks < 10; looks += 1) await second.look();
    expect(told.sort()).toEqual(['closed blind acme', 'closed blind other']);
  });

  test('probes that are not made are told, unless this process has just begun to look', async () => {
    const accounts = { acme: hosts(1) };
    await register(accounts);
    await sweep([], accounts, () => good);
    clock += 3 * intervalMs;
    let began = 0;
    const watch = watcher(() => began);
    await watch.look();
    expect(told).toEqual([]);
    began = 3 * intervalMs;
    await watch.look();
    await watch.look();
    expect(told).toEqual(['opened blind acme']);
    expect((await sightStore().load('acme')).record.report).toMatchObject({ cause: 'no_probes', domains: 1 });
    await probe('acme', 'api0.example.com', good);
    await watch.look();
    expect(told).toEqual(['opened blind acme', 'closed blind acme']);
  });

  test('a process that starts finds what another has stored; a record that makes no sense counts as none', async () => {
    const accounts = { acme: hosts(3) };
    await register(accounts);
    await sweep([], accounts, () => good);
    for (let round = 0; round < 3; round += 1) await sweep([watcher()], accounts, () => refused);
    expect(told).toEqual(['opened blind acme']);
    await sweep([watcher()], accounts, () => good);
    expect(told).toEqual(['opened blind acme', 'closed blind acme']);
    await link.redis.set('pinwatch:{acme}:sight', '{"incident":7}');
    for (let round = 0; round < 3; round += 1) await sweep([watcher()], accounts, () => refused);
    expect(told.at(-1)).toBe('opened blind acme');
  });
});
