import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRoot } from '../../lab/authority.ts';
import { makeRedisTls, type ServerTls } from '../support/redis-tls.ts';
import { requires } from '../support/requires.ts';
import { entryOf, probed, type Stage, setStage, told } from './stage.ts';

requires('redis-server')('the whole service on a Redis that demands client certificates', () => {
  let directory: string;
  let tls: ServerTls;
  let stage: Stage;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinwatch-redis-tls-'));
    tls = await makeRedisTls(directory);
    stage = await setStage({ tls });
  });
  afterEach(async () => {
    await stage.close();
    await rm(directory, { recursive: true });
  });

  test('probes and reports, and so do the commands that use the store directly', async () => {
    const api = await stage.api('api.example.com');
    const config = await stage.configure([entryOf(api)], {
      redis: { url: stage.redis.url, tls: tls.settings },
    });
    const service = stage.start({ config });
    await probed(service, [api.name], 'match');
    api.server.rotate([api.strange]);
    expect(told(await stage.mail())).toEqual([`opened ${api.name} pin_mismatch`]);
    const run = (...words: readonly string[]) => stage.command([...words, '--config', config]);
    expect(await run('store', 'adopt')).toMatchObject({ status: 0 });
    expect(await run('token', 'create', 'ops', '--role', 'admin', '--local')).toMatchObject({ status: 0 });
    expect(service.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });

  test('waits for one whose certificate is by another CA, and says what to change', async () => {
    const caFile = join(directory, 'other-ca.pem');
    await writeFile(caFile, createRoot({ commonName: 'Other CA' }).pem);
    const redis = { url: stage.redis.url, tls: { ...tls.settings, caFile } };
    const service = stage.start({ config: await stage.configure([], { redis }) });
    const { reason } = await service.line('redis_away');
    expect(reason).toMatch(/^the server's certificate is signed by no root in caFile \(.+\)$/);
    expect((await service.readiness(503)).join()).toContain('signed by no root in caFile');
  });
});
