import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { BatchRun } from '../../../src/flow/probe-batch.ts';
import { type RedisServer, startRedis } from '../../support/redis.ts';
import { requires } from '../../support/requires.ts';
import { batchOf, createRig, gate, type Rig } from './rig.ts';

requires('redis-server')('jobs', () => {
  let server: RedisServer;
  let redis: Redis;
  const rigs: Rig[] = [];
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.close();
  });
  beforeEach(async () => {
    await redis.flushall();
  });
  afterEach(async () => {
    await Promise.all(rigs.splice(0).map((rig) => rig.close()));
  });
  const rigOf = async (
    ...options: Parameters<typeof createRig> extends [string, ...infer Rest] ? Rest : never
  ) => {
    const rig = await createRig(server.url, ...options);
    rigs.push(rig);
    return rig;
  };
  const jobs = async (rig: Rig, state: string, queue = 'batch') =>
    (await rig.queues.counts()).find((row) => row.queue === queue && row.state === state)?.jobs;

  test('a round adds one job a batch; one that still waits for the last round gets no second', async () => {
    const rig = await rigOf({}, 50, false);
    const batches = Array.from({ length: 30 }, (_, index) =>
      batchOf([`${index}.example.com`], { name: `ready ${index} 0`, delayMs: 600_000 }),
    );
    await rig.queues.enqueue(batches);
    expect(await jobs(rig, 'delayed')).toBe(30);
    await rig.queues.enqueue(batches.map((batch) => ({ ...batch, sweep: '2' })));
    expect(await jobs(rig, 'delayed')).toBe(30);
    // What is late does not wait for that: the job of the last round may be lost.
    await rig.queues.enqueue([batchOf(['0.example.com'], { name: 'late ready 0 0' })]);
    expect(await jobs(rig, 'waiting')).toBe(1);
    // What was slow waits apart.
    await rig.queues.enqueue([batchOf(['slow.example.com'], { name: 'slow 0 0', lane: 'slow' })]);
    expect(await jobs(rig, 'waiting', 'slow')).toBe(1);
    expect(await jobs(rig, 'waiting')).toBe(1);
  });

  test('a job that runs while the next round is planned is followed by exactly one more', async () => {
    const [running, held] = [gate(), gate()];
    const sweeps: (string | null)[] = [];
    const rig = await rigOf({
      async batch({ sweep }) {
        sweeps.push(sweep);
        running.open();
        await held.passed;
        return [];
      },
    });
    await rig.queues.enqueue([batchOf(['a.example.com'])]);
    await running.passed;
    for (const sweep of ['2', '3']) await rig.queues.enqueue([batchOf(['a.example.com'], { sweep })]);
    expect(await jobs(rig, 'waiting')).toBe(0);
    held.open();
    await rig.runs(2);
    expect(sweeps).toEqual(['1', '3']);
    await rig.queues.enqueue([batchOf(['a.example.com'], { sweep: '4' })]);
    await rig.runs(3);
    expect(sweeps).toEqual(['1', '3', '4']);
  });

  test('a probe that somebody asked for does not wait for those of a new file, even if all of these hang', async () => {
    const held = gate();
    const rig = await rigOf({ first: () => held.passed }, 1, false);
    const hosts = Array.from({ length: 200 }, (_, index) => `${index}.example.com`);
    await rig.queues.enqueueFirst(
      hosts.map((domain) => ({ account: 'acme', domain })),
      '1',
    );
    // The start and its first round add one job together.
    await rig.queues.probeSoon([{ account: 'acme', domain: '7.example.com' }]);
    const [asked] = await rig.desk.request([{ account: 'acme', domain: 'now.example.com' }]);
    const [again] = await rig.desk.request([{ account: 'acme', domain: 'now.example.com' }]);
    expect(again).toEqual(asked);
    rig.workers.start();
    await rig.runs(1);
    expect(rig.ran).toEqual(['probe now.example.com']);
    held.open();
    await rig.runs(201);
    expect(new Set(rig.ran).size).toBe(201);
  });

  test('what a batch had not begun at a shutdown is left to the next worker, at its moment', async () => {
    const running = gate();
    const first = await createRig(server.url, {
      batch: (run, _lane, { stopping }) =>
        new Promise((resolve) => {
          stopping.addEventListener('abort', () => resolve(run.domains.slice(1)));
          running.open();
        }),
    });
    const domains = ['a', 'b', 'c'].map((name, index) => ({
      account: 'acme',
      domain: `${name}.example.com`,
      afterMs: 400 * index,
    }));
    await first.queues.enqueue([batchOf([], { domains })]);
    await running.passed;
    await first.close(10_000);
    expect(first.ran).toEqual(['ready a.example.com']);

    const runs: BatchRun[] = [];
    const next = await rigOf({
      async batch(run) {
        runs.push(run);
        return [];
      },
    });
    await next.runs(2);
    expect(next.ran).toEqual(['ready b.example.com', 'ready c.example.com']);
    expect(runs[0]?.domains.map(({ afterMs }) => afterMs)).toEqual([0, 400]);
    expect(next.troubles).toEqual([]);
  });

  test('a waiting delivery round is enough; a running one is followed by another', async () => {
    const [running, held] = [gate(), gate()];
    const rig = await rigOf({
      async notices() {
        running.open();
        await held.passed;
      },
    });
    for (let i = 0; i < 5; i += 1) await rig.queues.nudge('acme', 100);
    await running.passed;
    for (let i = 0; i < 5; i += 1) await rig.queues.nudge('acme', 0);
    held.open();
    await rig.runs(2);
    // The next one runs alone: nothing was left waiting.
    await rig.queues.nudge('umbrella', 0);
    await rig.runs(3);
    expect(rig.ran).toEqual(['notices acme', 'notices acme', 'notices umbrella']);
  });

  test('a letter to retry in minutes delays no new notice, and the last call counts', async () => {
    const rig = await rigOf();
    await rig.queues.nudgeAgain('acme', 300_000);
    await rig.queues.nudge('acme', 0);
    await rig.runs(1);
    await rig.queues.nudgeAgain('acme', 0);
    await rig.runs(2);
    const delayed = (await rig.queues.counts()).find(
      (row) => row.queue === 'notices' && row.state === 'delayed',
    );
    expect(delayed?.jobs).toBe(0);
  });

  test('a job that fails is reported and retried', async () => {
    let attempts = 0;
    const rig = await rigOf({
      async first() {
        attempts += 1;
        if (attempts === 1) throw new Error('Redis was away');
      },
    });
    await rig.queues.probeSoon([{ account: 'acme', domain: 'a.example.com' }]);
    await rig.runs(1);
    expect(attempts).toBe(2);
    expect(rig.troubles).toMatchObject([{ queue: 'first', problem: 'failed', reason: 'Redis was away' }]);
    expect(rig.workers.trouble()).toBeNull();
  });

  test('shutting down lets a job end, and cancels one that hangs at the deadline', async () => {
    const running = gate();
    let aborted: unknown;
    const rig = await createRig(server.url, {
      first: (_job, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted = signal.reason;
            reject(new Error('cancelled'));
          });
          running.open();
        }),
    });
    await rig.queues.probeSoon([{ account: 'acme', domain: 'a.example.com' }]);
    await running.passed;
    const startedAt = performance.now();
    await rig.close(1_000);
    const took = performance.now() - startedAt;
    expect(aborted).toBeDefined();
    expect(took).toBeGreaterThan(800);
    expect(took).toBeLessThan(5_000);

    // It is not lost: the next worker gets it.
    const next = await rigOf();
    await next.runs(1);
    expect(next.ran).toEqual(['first a.example.com']);

    const [slow, held] = [gate(), gate()];
    const patient = await createRig(server.url, {
      async first() {
        slow.open();
        await held.passed;
      },
    });
    await next.workers.close(0);
    await patient.queues.probeSoon([{ account: 'acme', domain: 'b.example.com' }]);
    await slow.passed;
    const closed = patient.close(60_000);
    held.open();
    await closed;
    expect(patient.ran).toEqual(['first b.example.com']);
  });

  test('the batch of a killed worker is taken over within 60 s', { timeout: 90_000 }, async () => {
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
      const handlers = { sweep: hang, batch: hang, probe: hang, notices: hang };
      createWorkers(link.redis, queuePrefix, 5, handlers, () => {}).start();
    `;
    const args = [
      source('redis/connect.js'),
      source('bullmq/workers.js'),
      source('redis/keys.js'),
      server.url,
    ];
    const doomed = spawn(process.execPath, ['--input-type=module', '-e', script, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const runs: BatchRun[] = [];
    const batch = async (run: BatchRun) => {
      runs.push(run);
      return [];
    };
    const idle = await rigOf({ batch }, 50, false);
    const plannedAt = Date.now();
    await idle.queues.enqueue([batchOf(['a.example.com', 'b.example.com'])]);
    await once(createInterface({ input: doomed.stdout }), 'line');
    doomed.kill('SIGKILL');
    await once(doomed, 'exit');
    const killedAt = performance.now();
    idle.workers.start();
    await idle.runs(2);
    expect(performance.now() - killedAt).toBeLessThan(60_000);
    expect(idle.ran).toEqual(['ready a.example.com', 'ready b.example.com']);
    // What the dead one had probed already is not probed again.
    const since = runs[0]?.skipProbedSince ?? 0;
    expect(since).toBeGreaterThanOrEqual(plannedAt);
    expect(since).toBeLessThan(plannedAt + 5_000);
    expect(idle.troubles.map(({ problem }) => problem)).toEqual(['stalled']);
  });
});
