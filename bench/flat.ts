/**
 * `npm run bench:flat`: what a domain costs beside its handshake, from a thousand domains to a million. The real planner,
 * queues, batches and store run; in place of the handshake stands a function that shows every domain the same chain. Prints
 * one table and writes one JSON file.
 *
 *   npm run bench:flat -- [--domains 1000,10000,100000,1000000] [--workers 1,4,16] [--out FILE]
 *
 * One round is planned and measured; then one worker probes its share of the batches, and is measured. It is as if the
 * round had been repeated for days: see flat-seed.ts. A million domains take 1.5 GB in Redis, 2.5 GB in the measuring process
 * and some 10 minutes of CPU.
 */
import { EventEmitter, once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createQueues } from '../src/adapters/bullmq/queues.ts';
import { createWorkers } from '../src/adapters/bullmq/workers.ts';
import { queuePrefix } from '../src/adapters/redis/keys.ts';
import { createOverviewReader } from '../src/adapters/redis/overview.ts';
import { createProbeStore } from '../src/adapters/redis/probe-store.ts';
import { steadyNow } from '../src/adapters/time/clock-watch.ts';
import { after, pause } from '../src/adapters/time/timer.ts';
import type { Batch } from '../src/flow/batches.ts';
import { checkDomain } from '../src/flow/check-domain.ts';
import { createEndpointGate } from '../src/flow/endpoint-gate.ts';
import { probeBatch } from '../src/flow/probe-batch.ts';
import type { ProbeStore } from '../src/flow/probe-store.ts';
import { createSettledDomains, type Settled } from '../src/flow/settled.ts';
import { sweep } from '../src/flow/sweep.ts';
import type { FlatRow } from './flat-row.ts';
import { provisionAll, remember, type Sample, sampleRef, seedRecords } from './flat-seed.ts';
import { defaultConfig } from './pipeline.ts';
import { presentBoth } from './presented.ts';
import { type BenchStore, startStore } from './store.ts';
import { measure } from './usage.ts';

const { values } = parseArgs({
  options: {
    domains: { type: 'string', default: '1000,10000,100000,1000000' },
    workers: { type: 'string', default: '1,4,16' },
    out: { type: 'string', default: 'var/bench/flat.json' },
  },
});
const { pins, observations } = presentBoth();
const numbers = (text: string) => text.split(',').map(Number);
/** With the default interval. A worker judges a domain anew after a month. */
const roundsAMonth = 30 * 96;
/** A share of fewer domains is probed again and again, so that the start does not count. */
const leastProbes = 20_000;
/** No key has it. */
const backup = `sha256/${'A'.repeat(43)}=` as const;
const dayMs = 86_400_000;
const config = defaultConfig();
const collectGarbage = exposedGc();

function exposedGc(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

function fail(error: Error): never {
  throw error;
}

async function measureDomains(count: number, workers: readonly number[]): Promise<FlatRow[]> {
  const store = await startStore(resolve('var', 'bench', 'redis-flat'));
  const { redis } = store.link;
  const emptyBytes = await store.usedBytes();
  await provisionAll(redis, count, [...pins, backup]);
  const sample = await probeSample(createProbeStore(redis));
  await seedRecords(redis, count, sample);
  const redisBytes = ((await store.usedBytes()) - emptyBytes) / count;
  const rows: FlatRow[] = [];
  for (const of of workers) {
    const row = {
      domains: count,
      workers: of,
      redisBytes,
      ...(await measureShare(store, sample, count, of)),
    };
    rows.push(row);
    console.error(JSON.stringify(row));
  }
  await store.close();
  return rows;
}

/** Probes one domain as the service does. */
async function probeSample(probeStore: ProbeStore): Promise<Sample> {
  const kept: (Settled | null)[] = [];
  await checkDomain(
    sampleRef,
    null,
    config,
    {
      ...{ probeStore, observe: async () => [...observations], clock: Date.now, pause },
      ...{ nudge: async () => {}, journal: () => {} },
      settled: { get: () => undefined, set: (_, one) => void kept.push(one) },
    },
    new AbortController().signal,
  );
  const record = (await probeStore.load(sampleRef))?.record;
  const [settled = null] = kept;
  if (settled === null || record === undefined) throw new Error('expected a settled domain');
  return { settled, record };
}

/** Plans a round while no worker takes anything, and leaves no job behind. */
async function measurePlan(
  store: BenchStore,
  { settled }: Sample,
  count: number,
  workers: readonly number[],
) {
  const { redis } = store.link;
  const queues = createQueues(redis, queuePrefix, fail, sharesOf(workers));
  const reader = createOverviewReader(redis);
  const batches: Batch[] = [];
  // An interval after the probes, however long ago they were.
  const now = settled.status.lastProbeAt + config.intervalMs;
  const ports = {
    ...{ count: reader.count, domains: reader.domains, startedAt: reader.markSweep, clock: () => now },
    ...{ enqueueFirst: queues.enqueueFirst, journal: () => {}, workers: async () => workers },
    async enqueue(some: readonly Batch[]) {
      batches.push(...some);
      await queues.enqueue(some);
    },
  };
  const commandsBefore = await commandsOf(store);
  const { cpuMs, redisCpuMs, longestTurnMs } = await measure(store.pid, () =>
    sweep(now, config.intervalMs, ports, new AbortController().signal),
  );
  const commands = (await commandsOf(store)) - commandsBefore;
  for (const queue of queues.shown()) await queue.obliterate({ force: true });
  await queues.close();
  const perDomain = (ms: number | null) => ((ms ?? 0) * 1_000) / count;
  const each = { planUs: perDomain(cpuMs), redisUs: perDomain(redisCpuMs), commands: commands / count };
  return { ...each, longestTurnMs, batches };
}

async function measureShare(store: BenchStore, sample: Sample, count: number, workers: number) {
  const { redis } = store.link;
  const numbers = Array.from({ length: workers }, (_, index) => index + 1);
  const { batches: all, ...planned } = await measurePlan(store, sample, count, numbers);
  // Those of the first worker; if there is no other, they are for any. Emptied below: no worker has them all in memory.
  const batches = all.splice(0).filter(({ worker }) => worker === null || worker === 1);
  const mine = batches.reduce((sum, { domains }) => sum + domains.length, 0);

  const rounds = Math.ceil(leastProbes / mine);
  const probes = rounds * mine;

  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const settled = createSettledDomains(2 * dayMs, steadyNow);
  const judgedShare = rounds / (roundsAMonth + 1);
  await remember(redis, count, sample, settled, judgedShare, numbers);
  collectGarbage();
  const workerBytes = (process.memoryUsage().heapUsed - before) / count;

  const done = new EventEmitter();
  let probed = 0;
  let judged = 0;
  const queues = createQueues(redis, queuePrefix, fail, sharesOf(numbers));
  const gate = createEndpointGate({
    ...{ places: 100, slowPlaces: 1_000, slowAfterMs: 1_000 },
    ...{ isOnlyAccount: () => false, after },
  });
  const ports = {
    ...{ probeStore: createProbeStore(redis), nudge: queues.nudge, clock: Date.now, pause, gate },
    steady: () => performance.now(),
    observe: async () => [...observations],
    settled: {
      ...settled,
      set(...args: Parameters<typeof settled.set>) {
        judged += 1;
        settled.set(...args);
      },
    },
    journal: ({ kind }: { readonly kind: string }) => {
      if (kind === 'probed') probed += 1;
      if (probed === probes) done.emit('probed');
    },
  };
  const running = createWorkers(
    redis,
    queuePrefix,
    50,
    {
      sweep: async () => {},
      batch: (run, _lane, signals) => probeBatch(run, config, ports, signals),
      first: async () => {},
      probe: async () => {},
      notices: async () => {},
    },
    ({ reason }) => fail(new Error(reason)),
  );
  // The planner's part, which was measured with the plan.
  for (let round = 0; round < rounds; round += 1) {
    const hurried = batches.map((batch) => inRound(batch, round, spreadMs(mine)));
    for (let at = 0; at < hurried.length; at += 100) await queues.enqueue(hurried.slice(at, at + 100));
  }
  batches.length = 0;
  collectGarbage();
  const commandsBefore = await commandsOf(store);
  const usage = await measure(store.pid, async () => {
    const ended = once(done, 'probed');
    running.start();
    if (workers > 1) running.serve([1]);
    await ended;
  });
  const commands = (await commandsOf(store)) - commandsBefore;
  await running.close(0);
  await queues.close();
  return {
    planUs: planned.planUs,
    probeUs: (1_000 * usage.cpuMs) / probes,
    redisUs: planned.redisUs + (1_000 * (usage.redisCpuMs ?? 0)) / probes,
    commands: planned.commands + commands / probes,
    workerBytes,
    planTurnMs: planned.longestTurnMs,
    probeTurnMs: usage.longestTurnMs,
    judged: judged / probes,
  };
}

function sharesOf(workers: readonly number[]) {
  const shares = () => (workers.length > 1 ? workers : []);
  return { shares, served: shares };
}

/** The moments of a round lie within this time. */
function spreadMs(domains: number): number {
  return Math.max(200, domains / 20);
}

/** The same batch in a round that lasts so long, after so many others. */
function inRound(batch: Batch, round: number, lastsMs: number): Batch {
  const times = lastsMs / config.intervalMs;
  const domains = batch.domains.map((one) => ({ ...one, afterMs: one.afterMs * times }));
  const delayMs = Math.round(round * lastsMs + batch.delayMs * times);
  return { ...batch, name: `${round} ${batch.name}`, delayMs, domains };
}

async function commandsOf({ link: { redis } }: BenchStore): Promise<number> {
  return Number(/total_commands_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);
}

const rows: FlatRow[] = [];
for (const domains of numbers(values.domains)) {
  rows.push(...(await measureDomains(domains, numbers(values.workers))));
}
console.table(rows);
const file = resolve(values.out);
await mkdir(dirname(file), { recursive: true });
await writeFile(file, `${JSON.stringify(rows, null, 2)}\n`);
console.log(`${relative(process.cwd(), file)} has all the numbers`);
