/**
 * `npm run bench:flat`: what a domain costs beside its handshake, from a thousand domains to a million. The real planner,
 * queues, batches and store run; in place of the handshake stands a function that shows every domain the same chain. Prints
 * one table and writes one JSON file.
 *
 *   npm run bench:flat -- [--domains 1000,10000,100000] [--workers 1,4,16] [--out FILE]
 *
 * A million domains need some 3 GB for Redis and 20 minutes.
 */
import { EventEmitter, once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createQueues } from '../src/adapters/bullmq/queues.ts';
import { createWorkers } from '../src/adapters/bullmq/workers.ts';
import { queuePrefix } from '../src/adapters/redis/keys.ts';
import { createOverviewReader } from '../src/adapters/redis/overview.ts';
import { createProbeStore } from '../src/adapters/redis/probe-store.ts';
import { createProvisioningStore } from '../src/adapters/redis/provisioning-store.ts';
import { steadyNow } from '../src/adapters/time/clock-watch.ts';
import { after, pause } from '../src/adapters/time/timer.ts';
import type { Domain } from '../src/core/domain.ts';
import { checkDomain } from '../src/flow/check-domain.ts';
import { createEndpointGate } from '../src/flow/endpoint-gate.ts';
import { probeBatch } from '../src/flow/probe-batch.ts';
import type { DomainRef } from '../src/flow/probe-store.ts';
import { createSettledDomains } from '../src/flow/settled.ts';
import { sweep } from '../src/flow/sweep.ts';
import type { FlatRow } from './flat-row.ts';
import { defaultConfig } from './pipeline.ts';
import { presentBoth } from './presented.ts';
import { startStore } from './store.ts';
import { measure } from './usage.ts';

const { values } = parseArgs({
  options: {
    domains: { type: 'string', default: '1000,10000,100000' },
    workers: { type: 'string', default: '1,4,16' },
    out: { type: 'string', default: 'var/bench/flat.json' },
  },
});
const { pins, observations } = presentBoth();
const numbers = (text: string) => text.split(',').map(Number);
const perAccount = 1_000;
/** Rounds in which every worker gets to know its domains, and the one that is measured. */
const rounds = (workers: number) => 3 * workers;
/** The moments of a round lie within this time. */
const spreadMs = (domains: number) => Math.max(200, domains / 20);

async function measureFlat(count: number, workers: number): Promise<FlatRow> {
  const store = await startStore(resolve('var', 'bench', 'redis-flat'));
  const { redis } = store.link;
  const config = defaultConfig();
  const emptyBytes = await store.usedBytes();
  const provisioning = createProvisioningStore(redis);
  const starts = Array.from({ length: Math.ceil(count / perAccount) }, (_, index) => index * perAccount);
  await provisioning.provision(starts.map((start) => accountOf(start, Math.min(perAccount, count - start))));
  const queues = createQueues(redis, queuePrefix, fail);
  const reader = createOverviewReader(redis);
  const done = new EventEmitter();
  let probed = 0;
  let judged = 0;
  const onProbed = () => {
    probed += 1;
    if (probed === count) done.emit('round');
  };
  const shares = Array.from({ length: workers }, () => createSettledDomains(86_400_000, steadyNow));
  const probeStore = createProbeStore(redis);
  const counting = {
    ...probeStore,
    commit(...args: Parameters<typeof probeStore.commit>) {
      judged += 1;
      return probeStore.commit(...args);
    },
    touch(touches: Parameters<typeof probeStore.touch>[0]) {
      // One at a time: judged anew, and found to be the same.
      if (touches.length === 1) judged += 1;
      return probeStore.touch(touches);
    },
  };
  const gate = createEndpointGate({
    ...{ places: 100, slowPlaces: 1_000, slowAfterMs: 1_000 },
    ...{ isOnlyAccount: () => false, after },
  });
  let turn = 0;
  const ports = () => {
    turn += 1;
    const settled = shares[turn % workers];
    if (settled === undefined) throw new Error('expected a worker');
    return {
      ...{ probeStore: counting, nudge: queues.nudge, clock: Date.now, pause, gate, settled },
      observe: async () => [...observations],
      journal: ({ kind }: { readonly kind: string }) => {
        if (kind === 'probed') onProbed();
      },
    };
  };
  const probe = (ref: DomainRef, signal: AbortSignal) => checkDomain(ref, null, config, ports(), signal);
  const running = createWorkers(
    redis,
    queuePrefix,
    50,
    {
      sweep: async () => {},
      batch: (run, _lane, signals) => probeBatch(run, config, ports(), signals),
      probe: async (job, signal) => void (await probe(job, signal)),
      notices: async () => {},
    },
    ({ reason }) => fail(new Error(reason)),
  );
  running.start();
  const ended = async (work: () => Promise<unknown>) => {
    probed = 0;
    judged = 0;
    const round = once(done, 'round');
    await work();
    await round;
  };
  const plan = () =>
    sweep(
      Date.now(),
      spreadMs(count),
      {
        ...{ count: reader.count, domains: reader.domains, startedAt: reader.markSweep },
        ...{ enqueue: queues.enqueue, enqueueFirst: queues.enqueueFirst, clock: Date.now },
        journal: () => {},
      },
      new AbortController().signal,
    );
  const commands = async () => Number(/total_commands_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);

  for (let round = 0; round < rounds(workers); round += 1) await ended(plan);
  const before = await commands();
  let planning = { cpuMs: 0, longestBlockMs: 0 };
  const usage = await measure(store.pid, () =>
    ended(async () => {
      planning = await measure(null, plan);
    }),
  );
  const row = {
    domains: count,
    workers,
    planUs: (planning.cpuMs * 1_000) / count,
    probeUs: ((usage.cpuMs - planning.cpuMs) * 1_000) / count,
    redisUs: ((usage.redisCpuMs ?? 0) * 1_000) / count,
    commands: ((await commands()) - before) / count,
    redisBytes: Math.round(((await store.usedBytes()) - emptyBytes) / count),
    longestBlockMs: Math.max(usage.longestBlockMs, planning.longestBlockMs),
    judged,
  };
  await running.close(0);
  await queues.close();
  await store.close();
  return row;
}

function accountOf(start: number, size: number) {
  const name = `account-${start / perAccount}`;
  const domains = Array.from({ length: size }, (_, index): Domain => {
    const host = `api-${start + index}.${name}.example`;
    return { host, port: 443, pins: [...pins, backup], provisionedBy: 'bench.yaml' };
  });
  return { name, contacts: [`devops@${name}.example`], domains };
}

/** No key has it. */
const backup = `sha256/${'A'.repeat(43)}=` as const;

function fail(error: Error): never {
  throw error;
}

const rows: FlatRow[] = [];
for (const domains of numbers(values.domains)) {
  for (const workers of numbers(values.workers)) {
    const row = await measureFlat(domains, workers);
    rows.push(row);
    console.error(JSON.stringify(row));
  }
}
console.table(rows);
const file = resolve(values.out);
await mkdir(dirname(file), { recursive: true });
await writeFile(join(file), `${JSON.stringify(rows, null, 2)}\n`);
console.log(`${relative(process.cwd(), file)} has all the numbers`);
