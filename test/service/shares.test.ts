import { afterEach, beforeEach, expect, test } from 'vitest';
import { workersKey } from '../../src/adapters/redis/keys.ts';
import { linkTo } from '../adapters/redis/link.ts';
import { requires } from '../support/requires.ts';
import type { Service } from '../support/service.ts';
import { entryOf, type Stage, setStage } from './stage.ts';

const takeoverMs = 60_000;

requires('redis-server')('several workers', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await setStage();
  });
  afterEach(() => stage.close());

  /** Resolves when a round has been planned by any of them from now on. */
  const planned = (services: readonly Service[]) =>
    Promise.any(services.map((service) => service.line('swept', undefined, service.lines.length)));

  const domainsOf = ({ lines }: Service, since: number) =>
    new Set(lines.slice(since).flatMap(({ event, domain = '' }) => (event === 'probed' ? [domain] : [])));

  /** The domains that each of them probes in two rounds, in the order of the services. */
  async function shares(services: readonly Service[]): Promise<string[][]> {
    // What was planned before they were what they are now ends within an interval.
    for (let round = 0; round < 3; round += 1) await planned(services);
    const since = services.map(({ lines }) => lines.length);
    for (let round = 0; round < 3; round += 1) await planned(services);
    return services.map((service, index) => [...domainsOf(service, since[index] ?? 0)].sort());
  }

  test('probe the same domains in every round; a killed one’s are taken over, and go to the one that comes after it', {
    timeout: 240_000,
  }, async () => {
    const api = await stage.api('api.example.com');
    const names = Array.from({ length: 40 }, (_, index) => `api-${index}.example.com:${api.server.port}`);
    const config = await stage.configure(
      names.map((name) => entryOf({ name, pins: api.pins })),
      { interval: '5s' },
    );
    const link = await linkTo(stage.redis.url);
    const attending = async (count: number) => {
      while ((await link.redis.hlen(workersKey)) !== count) await new Promise((done) => setTimeout(done, 50));
    };
    const begin = async () => {
      const worker = stage.start({ config, role: 'worker' });
      await worker.readiness(200);
      return worker;
    };
    const server = stage.start({ config, role: 'server' });
    await server.line('working');
    const workers = await Promise.all([begin(), begin(), begin()]);
    await attending(3);
    const before = await shares(workers);
    expect(before.flat().sort()).toEqual([...names].sort());
    expect(before.every((share) => share.length > 0)).toBe(true);
    // The queues of the shares are parts of "batch".
    expect(new Set((await server.get('/metrics')).text.match(/queue_jobs\{queue="[^"]+/g))).toEqual(
      new Set(
        ['sweep', 'batch', 'slow', 'first', 'probe', 'notices'].map((name) => `queue_jobs{queue="${name}`),
      ),
    );

    const [killed, ...others] = workers;
    if (killed === undefined) throw new Error('unreachable: three were started');
    const since = others.map(({ lines }) => lines.length);
    const killedAt = performance.now();
    await killed.stop('SIGKILL');
    await Promise.all(
      (before[0] ?? []).map((name) =>
        Promise.any(
          others.map((other, index) => other.line('probed', (line) => line.domain === name, since[index])),
        ),
      ),
    );
    expect(performance.now() - killedAt).toBeLessThan(takeoverMs);

    // By the number that the killed one had, a new one has its share; those of the others stay as they are.
    expect(await shares([await begin(), ...others])).toEqual(before);
    await link.close();
  });
});
