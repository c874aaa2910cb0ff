import { Queue } from 'bullmq';
import { expect, type TestContext, test as vitest } from 'vitest';
import { queuePrefix, workersKey } from '../../src/adapters/redis/keys.ts';
import { linkTo } from '../adapters/redis/link.ts';
import { requires } from '../support/requires.ts';
import type { Service } from '../support/service.ts';
import { entryOf, setStage } from './stage.ts';

const takeoverMs = 60_000;
// Rounds of 5 s, and a worker that is killed is found so after 10.
const slowMs = 400_000;

// They wait for rounds, so they all wait at once.
const test = vitest.concurrent;

/** What one of the concurrent tests uses. */
async function setting(onTestFinished: TestContext['onTestFinished']) {
  const stage = await setStage();
  const link = await linkTo(stage.redis.url);
  onTestFinished(async () => {
    await link.close();
    await stage.close();
  });
  const api = await stage.api('api.example.com');
  const names = Array.from({ length: 40 }, (_, index) => `api-${index}.example.com:${api.server.port}`);
  const domains = names.map((name) => entryOf({ name, pins: api.pins }));
  const config = await stage.configure(domains, { interval: '5s' });

  async function begin(): Promise<Service> {
    const worker = stage.start({ config, role: 'worker' });
    await worker.readiness(200);
    return worker;
  }

  /** With a server, until each worker has a number. */
  async function beginAll(count: number): Promise<{ server: Service; workers: Service[] }> {
    const server = stage.start({ config, role: 'server' });
    await server.line('working');
    const workers = await Promise.all(Array.from({ length: count }, begin));
    while ((await link.redis.hlen(workersKey)) !== count) await new Promise((done) => setTimeout(done, 50));
    return { server, workers };
  }

  /**
   * The domains that each of them probes, in the order of the services, as soon as there are two rounds in which each
   * domain is probed by one of them alone. On a busy machine some take so long at first that they count as slow.
   */
  async function shares(services: readonly Service[]): Promise<string[][]> {
    for (;;) {
      // What was planned before they were what they are now ends within an interval.
      await planned(services, 2);
      const since = linesOf(services);
      await planned(services, 3);
      const found = services.map((service, index) => [...domainsOf(service, since[index] ?? 0)].sort());
      if (found.flat().length === names.length) return found;
    }
  }

  return { stage, names, begin, beginAll, shares };
}

requires('redis-server')('several workers', () => {
  test('probe the same domains in every round; what a killed one had goes to the others, and then to a new one', {
    timeout: slowMs,
  }, async ({ onTestFinished }) => {
    const { names, begin, beginAll, shares } = await setting(onTestFinished);
    const { server, workers } = await beginAll(3);
    const before = await shares(workers);
    expect(before.flat().sort()).toEqual([...names].sort());
    expect(before.every((share) => share.length > 0)).toBe(true);
    // The queues of the shares are parts of "batch".
    const queues = (await server.get('/metrics')).text.match(/(?<=queue_jobs\{queue=")[^"]+/g);
    expect(new Set(queues)).toEqual(new Set(['sweep', 'batch', 'slow', 'first', 'probe', 'notices']));

    const [killed, ...others] = workers;
    if (killed === undefined) throw new Error('unreachable: three were started');
    const since = linesOf(others);
    const killedAt = performance.now();
    await killed.stop('SIGKILL');
    await allProbed(before[0] ?? [], others, since);
    expect(performance.now() - killedAt).toBeLessThan(takeoverMs);

    // The new one has the number of the killed one. The shares of the others stay as they are.
    expect(await shares([await begin(), ...others])).toEqual(before);
  });

  test('take over from one that ends or is frozen, and give back to one that goes on', {
    timeout: slowMs,
  }, async ({ onTestFinished }) => {
    const { names, beginAll, shares } = await setting(onTestFinished);
    const { workers } = await beginAll(3);
    const before = await shares(workers);
    const [ended, frozen, other] = workers;
    if (!ended || !frozen || !other) throw new Error('unreachable: three were started');
    let since = linesOf([frozen, other]);
    expect(await ended.stop()).toBe(0);
    await allProbed(before[0] ?? [], [frozen, other], since);

    since = linesOf([other]);
    frozen.process.kill('SIGSTOP');
    await allProbed(names, [other], since);
    frozen.process.kill('SIGCONT');
    const two = await shares([frozen, other]);
    expect(two.flat().sort()).toEqual([...names].sort());
    for (const [index, share] of two.entries())
      expect(share).toEqual(expect.arrayContaining(before[index + 1] ?? []));
  });

  test('probe nothing that was planned while "batch" is paused', { timeout: slowMs }, async ({
    onTestFinished,
  }) => {
    const { stage, beginAll, shares } = await setting(onTestFinished);
    const { workers } = await beginAll(2);
    const before = await shares(workers);
    const queue = new Queue('batch', { connection: { url: stage.redis.url }, prefix: queuePrefix });
    await queue.pause();
    for (const worker of workers) {
      expect(await worker.readiness(503)).toEqual(['the batch queue is paused']);
    }
    // They leave the queues of their shares at their next look at the list.
    await planned(workers, 2);
    const since = linesOf(workers);
    await planned(workers, 2);
    expect(workers.map((worker, index) => [...domainsOf(worker, since[index] ?? 0)])).toEqual([[], []]);

    await queue.resume();
    await queue.close();
    await Promise.all(workers.map((worker) => worker.readiness(200)));
    expect(await shares(workers)).toEqual(before);
  });
});

/** Resolves when so many rounds have been planned by any of them from now on. */
async function planned(services: readonly Service[], count: number): Promise<void> {
  for (let round = 0; round < count; round += 1) {
    await Promise.any(services.map((service) => service.line('swept', undefined, service.lines.length)));
  }
}

function domainsOf({ lines }: Service, since: number): Set<string> {
  return new Set(
    lines.slice(since).flatMap(({ event, domain = '' }) => (event === 'probed' ? [domain] : [])),
  );
}

const linesOf = (services: readonly Service[]) => services.map(({ lines }) => lines.length);

/** Resolves when each of these domains has been probed by one of the services since. */
async function allProbed(domains: readonly string[], by: readonly Service[], since: readonly number[]) {
  const probed = (domain: string) =>
    Promise.any(by.map((one, index) => one.line('probed', (line) => line.domain === domain, since[index])));
  await Promise.all(domains.map(probed));
}
