import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createQueues, type Queues } from '../../../src/adapters/bullmq/queues.ts';
import type { Handlers } from '../../../src/adapters/bullmq/workers.ts';
import type { RedisLink } from '../../../src/adapters/redis/connect.ts';
import { queuePrefix } from '../../../src/adapters/redis/keys.ts';
import type { BatchRun } from '../../../src/flow/probe-batch.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { linkTo } from '../redis/link.ts';
import { batchOf, createRig, gate, type Rig } from './rig.ts';

requires('redis-server')('the queue of a share', () => {
  let server: RedisServer;
  let link: RedisLink;
  let queues: Queues;
  let rigs: Rig[];
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
    rigs = [];
    queues = createQueues(link.redis, queuePrefix, () => {}, { shares: () => [1, 2], served: () => [2] });
  });
  afterEach(async () => {
    await Promise.all(rigs.map((rig) => rig.close()));
    await queues.close();
  });
  const rigOf = async (handlers: Partial<Handlers> = {}, start = true) => {
    const rig = await createRig(server.url, handlers, 50, start);
    rigs.push(rig);
    return rig;
  };
  const waiting = async () =>
    (await queues.counts()).find(({ queue, state }) => queue === 'batch' && state === 'waiting')?.jobs;

  test('is worked by whoever serves it, and counts as a part of "batch"', async () => {
    const rig = await rigOf();
    await queues.enqueue([
      batchOf(['two.example.com'], { name: 'ready of 2 0 0', worker: 2 }),
      batchOf(['any.example.com']),
    ]);
    await rig.runs(1);
    expect(rig.ran).toEqual(['ready any.example.com']);
    expect(await waiting()).toBe(1);
    expect([await queues.isEmpty(1), await queues.isEmpty(2)]).toEqual([true, false]);
    expect(queues.shown().map(({ name }) => name)).toEqual([
      'sweep',
      'batch',
      'batch-1',
      'batch-2',
      'slow',
      'first',
      'probe',
      'notices',
    ]);

    rig.workers.serve([2]);
    await rig.runs(2);
    expect(rig.ran).toEqual(['ready any.example.com', 'ready two.example.com']);
    expect(rig.workers.trouble()).toBeNull();
  });

  test('is left by a worker that ends there what it has begun', async () => {
    const [begun, held] = [gate(), gate()];
    const rig = await rigOf({
      async batch() {
        begun.open();
        await held.passed;
        return [];
      },
    });
    rig.workers.serve([2]);
    await queues.enqueue([batchOf(['a.example.com'], { worker: 2 })]);
    await begun.passed;
    rig.workers.serve([]);
    await queues.enqueue([batchOf(['b.example.com'], { name: 'ready of 2 1 0', worker: 2 })]);
    const other = await rigOf();
    other.workers.serve([1, 2]);
    held.open();
    await rig.runs(1);
    expect(rig.ran[0]).toBe('ready a.example.com');
    // One that is ending may still take what comes while it stops waiting for jobs.
    await Promise.race([rig.runs(2), other.runs(1)]);
    expect([...rig.ran, ...other.ran].sort()).toEqual(['ready a.example.com', 'ready b.example.com']);
  });

  test('passes on what begins late, so that a worker that is less busy can take it', async () => {
    const rig = await rigOf({ passOn: (batch) => queues.enqueue([batch]) });
    const other = await rigOf();
    const late = { name: 'ready of 2 0 0', worker: 2, delayMs: -20_000 };
    await queues.enqueue([batchOf(['late.example.com'], late)]);
    const runs: BatchRun[] = [];
    await rigOf({
      async batch(run) {
        runs.push(run);
        return [];
      },
    });
    rig.workers.serve([2]);
    await Promise.race(rigs.map((one) => one.runs(1)));
    expect([...rig.ran, ...other.ran, ...(rigs[2]?.ran ?? [])]).toEqual(['ready late.example.com']);
    for (const run of runs) expect(run).toMatchObject({ sweep: '1', skipProbedSince: null });
  });

  test('is reported if somebody pauses it', async () => {
    const [paused] = queues.shown().filter(({ name }) => name === 'batch-2');
    await paused?.pause();
    expect(await queues.paused()).toEqual(['batch-2']);
  });

  test('that a killed worker was working on is taken over within 60 s', { timeout: 120_000 }, async () => {
    const source = (path: string) => join(import.meta.dirname, '..', '..', '..', 'dist/src/adapters', path);
    const script = `
      const [connect, workers, keys, url] = process.argv.slice(1);
      const { connectRedis } = await import(connect);
      const { createWorkers } = await import(workers);
      const { queuePrefix } = await import(keys);
      const link = connectRedis({ url }, { event() {}, ready() {} });
      const hang = async () => {
        console.log('begun');
        await new Promise(() => {});
      };
      const handlers = { sweep: hang, batch: hang, first: hang, probe: hang, notices: hang };
      createWorkers(link.redis, queuePrefix, 5, handlers, () => {}).serve([2]);
    `;
    const args = ['redis/connect.js', 'bullmq/workers.js', 'redis/keys.js'].map(source);
    const doomed = spawn(process.execPath, ['--input-type=module', '-e', script, ...args, server.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const runs: BatchRun[] = [];
    const rig = await rigOf({
      async batch(run) {
        runs.push(run);
        return [];
      },
    });
    await queues.enqueue([batchOf(['a.example.com'], { worker: 2 })]);
    await once(createInterface({ input: doomed.stdout }), 'line');
    doomed.kill('SIGKILL');
    await once(doomed, 'exit');
    const killedAt = performance.now();
    rig.workers.serve([2]);
    await rig.runs(1);
    expect(performance.now() - killedAt).toBeLessThan(60_000);
    // What had been probed is not probed again.
    expect(runs[0]?.skipProbedSince).not.toBeNull();
  });
});
