import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../lab/child.ts';
import { ended, environment, program } from '../cli/remote/admin.ts';
import { requires } from '../support/requires.ts';
import { type Sentinels, startSentinels } from '../support/sentinels.ts';
import type { LogLine } from '../support/service.ts';
import { entryOf, probed, type Stage, setStage, told } from './stage.ts';

const storeKey = '{pinwatch:tokens}:store';

requires('redis-server')('the whole service on a Redis behind sentinels', () => {
  let stage: Stage;
  let setUp: Sentinels;
  const clients: Redis[] = [];
  beforeEach(async () => {
    const passwords = { password: 'p4ssword', sentinelPassword: 'an0ther' };
    [stage, setUp] = await Promise.all([setStage(), startSentinels(passwords)]);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.disconnect();
    await stage.close();
    await setUp.close();
  });

  function client(server: Sentinels['master']): Redis {
    const redis = server.client();
    clients.push(redis);
    return redis;
  }

  async function settings() {
    const passwordFile = join(stage.directory, 'redis-password');
    await writeFile(passwordFile, 'p4ssword\n');
    const { name, addresses: sentinels } = setUp;
    return { redis: { name, sentinels, passwordFile, sentinelPassword: 'an0ther' } };
  }

  test('loses and repeats nothing when the master dies in the middle of a sweep', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const apis = await Promise.all(names.map((name) => stage.api(`${name}.example.com`)));
    const [before, owed, during] = apis as [(typeof apis)[0], (typeof apis)[0], (typeof apis)[0]];
    const common = {
      ...(await settings()),
      interval: '3s',
      notify: { groupWait: '1s', groupInterval: '1s' },
    };
    const entries = apis.map((api) => entryOf(api));
    const http = { listen: `127.0.0.1:${await freePort()}` };
    const config = await stage.configure(entries, { ...common, http });
    const server = stage.start({ config, role: 'server' });
    const worker = stage.start({ config: await stage.configure(entries, common), role: 'worker' });
    await probed(
      worker,
      apis.map(({ name }) => name),
      'match',
    );
    before.server.rotate([before.strange]);
    expect(told(await stage.mail())).toEqual([`opened ${before.name} pin_mismatch`]);

    // In the middle: a sweep has been planned, and one of its probes found what has not been told yet.
    owed.server.rotate([owed.strange]);
    await worker.sweeps(1);
    await worker.line('incident_opened', ({ domain }) => domain === owed.name);
    const switched = setUp.switched();
    const [since, sinceServer] = [worker.lines.length, server.lines.length];
    await setUp.master.stop('SIGKILL');
    await Promise.all([server.line('redis_away'), worker.line('redis_away')]);
    during.server.rotate([during.strange]);
    const health = [process.execPath, program, 'health', '--config', config];
    const env = environment(stage.directory, {});
    expect(await ended(health, { cwd: stage.directory, env })).toMatchObject({ status: 0 });
    await switched;
    await Promise.all([
      server.line('redis_ready', undefined, sinceServer),
      worker.line('redis_ready', undefined, since),
    ]);
    const ready = worker.lines.length;

    // All of two sweeps lies between the plans of three.
    await worker.line('swept', undefined, ready, 3);
    const seen = worker.lines.slice(ready).filter(({ event }) => event === 'probed');
    expect(new Set(seen.map(({ domain }) => domain))).toEqual(new Set(apis.map(({ name }) => name)));
    const expected = [before, owed, during].map(({ name }) => `opened ${name} pin_mismatch`);
    while (stage.smtp.received.flatMap(told).length < expected.length) await stage.mail();
    await worker.sweeps(2);
    expect(stage.smtp.received.flatMap(told).sort()).toEqual(expected.sort());

    expect([await server.readiness(200), await worker.readiness(200)]).toEqual([[], []]);
    expect(await client(setUp.replica).zcard('{pinwatch}:sweep:repeat')).toBe(1);
    for (const { lines } of [server, worker]) {
      const errors = lines.filter(({ level }) => level === 'error' || level === 'fatal');
      // A worker's own connection may be cut in the middle of an answer, and its job lost with the old master.
      const isExpected = ({ event, reason }: LogLine) =>
        event === 'redis_away' ||
        (event === 'job_error' && /^(read ECONNRESET$|Missing key for job )/.test(String(reason)));
      expect(errors.filter((line) => !isExpected(line))).toEqual([]);
    }
  }, 120_000);

  test('waits if no sentinel answers, says so, and can be stopped', async () => {
    await Promise.all(setUp.sentinels.map((sentinel) => sentinel.stop('SIGKILL')));
    const config = await stage.configure([], await settings());
    const service = stage.start({ config });
    const { reason } = await service.line('redis_away');
    expect(reason).toMatch(/^no sentinel can be used: connect ECONNREFUSED 127\.0\.0\.1:\d+;/);
    expect((await service.readiness(503)).join()).toContain('redis: no sentinel can be used');
    const adopt = [process.execPath, program, 'store', 'adopt', '--config', config];
    const { status, stderr } = await ended(adopt, {
      cwd: stage.directory,
      env: environment(stage.directory, {}),
    });
    expect([status, stderr]).toEqual([2, expect.stringContaining('no sentinel can be used')]);
    await setUp.sentinels[0]?.start();
    await service.line('working');
    expect(await service.readiness(200)).toEqual([]);
    await setUp.sentinels[0]?.stop('SIGKILL');
    await setUp.master.stop('SIGKILL');
    await service.line(
      'redis_away',
      (line) => /no sentinel can be used/.test(String(line.reason)),
      service.lines.length,
    );
    expect(await service.stop()).toBe(0);
  });

  test.each([
    ['a replica that lags a little is the same store', 6, true],
    ['a replica that lags by minutes is not accepted', 3, false],
  ])('%s', async (_, generation, isAccepted) => {
    const config = await stage.configure([], await settings());
    const first = stage.start({ config });
    await first.line('working');
    await first.stop();
    const [master, replica] = [client(setUp.master), client(setUp.replica)];
    await master.hset(storeKey, 'generation', generation);
    expect(await master.wait(1, 0)).toBe(1);
    // From now on the replica gets nothing: it reconnects with a wrong password.
    await replica.config('SET', 'masterauth', 'wrong');
    await master.call('CLIENT', 'KILL', 'TYPE', 'replica');
    // As after some minutes of service.
    await master.hset(storeKey, 'generation', 7);
    const memory = join(stage.directory, 'state', 'store.json');
    const { id } = JSON.parse(await readFile(memory, 'utf8'));
    await writeFile(memory, JSON.stringify({ id, generation: 5 }));
    const service = stage.start({ config });
    await service.line('working');
    expect(await service.readiness(200)).toEqual([]);

    const switched = setUp.switched();
    const since = service.lines.length;
    await setUp.master.stop('SIGKILL');
    await service.line('redis_away');
    await switched;
    await service.line('redis_ready', undefined, since);
    expect(await replica.hget(storeKey, 'generation')).toBe(String(generation));
    if (isAccepted) {
      expect(await service.readiness(200)).toEqual([]);
      expect(service.lines.filter(({ event }) => event === 'store_closed')).toEqual([]);
      return;
    }
    const { reason } = await service.line('store_closed', undefined, since);
    expect(reason).toMatch(/older than when it was last seen/);
    expect((await service.get('/v1/me')).status).toBe(503);
    const adopt = [process.execPath, program, 'store', 'adopt', '--config', config];
    expect(await ended(adopt, { cwd: stage.directory, env: environment(stage.directory, {}) })).toMatchObject(
      {
        status: 0,
      },
    );
    await service.line('store_adopted');
    expect(await service.readiness(200)).toEqual([]);
  });
});
