import { afterEach, beforeEach, expect, test } from 'vitest';
import { requires } from '../support/requires.ts';
import { entryOf, probed, type Stage, setStage, told } from './stage.ts';

requires('redis-server')('roles', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await setStage();
  });
  afterEach(() => stage.close());

  test('a server and workers share the work; only the server has a domain’s series, each once', async () => {
    const apis = await Promise.all(['a', 'b'].map((name) => stage.api(`${name}.example.com`)));
    const names = apis.map(({ name }) => name);
    const config = await stage.configure(apis.map((api) => entryOf(api)));
    const server = stage.start({ config, role: 'server' });
    await server.line('working');
    const before = await server.get('/metrics');
    // Known, never probed, and no worker to do it: an alert can see the timestamps of 0.
    for (const name of names) {
      for (const series of ['last_probe_timestamp_seconds', 'last_conclusive_probe_timestamp_seconds']) {
        expect(linesOf(before.text, series)).toContain(
          `pinwatch_${series}{account="acme",domain="${name}"} 0`,
        );
      }
    }
    expect(linesOf(before.text, 'chain_trusted')).toEqual([]);
    expect(linesOf(before.text, 'sweep_last_start_timestamp_seconds')).toEqual([
      'pinwatch_sweep_last_start_timestamp_seconds 0',
    ]);

    const workers = [stage.start({ config, role: 'worker' }), stage.start({ config, role: 'worker' })];
    const [one, other] = workers;
    if (!one || !other) throw new Error('unreachable: two were started');
    await Promise.all(workers.map((worker) => worker.readiness(200)));
    await Promise.any(workers.map((worker) => probed(worker, names, 'match')));
    apis[0]?.server.rotate([apis[0].strange]);
    expect(told(await stage.mail())).toEqual([`opened ${names[0]} pin_mismatch`]);

    const { text } = await server.get('/metrics');
    for (const name of names) {
      expect(linesOf(text, 'pin_mismatch').filter((line) => line.includes(name))).toHaveLength(1);
    }
    expect(linesOf(text, 'pin_mismatch')).toContain(
      `pinwatch_pin_mismatch{account="acme",domain="${names[0]}"} 1`,
    );
    expect(linesOf(text, 'domains')).toEqual(['pinwatch_domains 2']);
    const ofWorkers = await Promise.all(workers.map((worker) => worker.get('/metrics')));
    for (const { text: own } of ofWorkers) {
      expect(own.split('\n').filter((line) => line.includes('domain="'))).toEqual([]);
      expect(linesOf(own, 'domains')).toEqual([]);
      expect(linesOf(own, 'queue_jobs')).toEqual([]);
      expect(linesOf(own, 'build_info')).toHaveLength(1);
      expect(own).toContain('process_cpu_seconds_total');
    }
    const sent = ofWorkers.map(({ text: own }) =>
      Number(/notices_total\{outcome="sent"\} (\d+)/.exec(own)?.[1]),
    );
    expect(sent[0] ?? 0).toBe(1 - (sent[1] ?? 0));
    expect(linesOf(text, 'probes_total').map((line) => line.split(' ')[1])).toEqual(['0', '0', '0', '0']);
    // A server probes nothing, a worker provisions nothing.
    expect(server.lines.filter(({ event }) => event === 'probed' || event === 'swept')).toEqual([]);
    expect(workers.flatMap(({ lines }) => lines).filter(({ event }) => event === 'provisioned')).toEqual([]);

    // The schedule does not depend on the server: it is in Redis.
    expect(await server.stop()).toBe(0);
    expect(await one.stop('SIGKILL')).toBeNull();
    const since = other.lines.length;
    await other.sweeps(2);
    await probed(other, names.slice(1), 'match', since);
    expect(stage.smtp.received).toHaveLength(1);
  });

  test('a role that shares nothing is refused', async () => {
    const config = await stage.configure([], { redis: {} });
    for (const role of ['server', 'worker'] as const) {
      const service = stage.start({ config, role });
      expect(await service.exited).toBe(64);
      expect(service.errors.join()).toContain('redis.url: expected the URL that all roles share, found none');
    }
  });
});

function linesOf(text: string, series: string): string[] {
  return text.split('\n').filter((line) => new RegExp(`^pinwatch_${series}[{ ]`).test(line));
}
