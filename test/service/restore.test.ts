import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { accountKeys, storeKey } from '../../src/adapters/redis/keys.ts';
import { restoringSchema } from '../../src/core/store-schema.ts';
import { holdingLink } from '../api/holding-link.ts';
import { type Ended, ended, environment, program } from '../cli/remote/admin.ts';
import { requires } from '../support/requires.ts';
import { setStage } from './stage.ts';

/** Ten processes start, one after another. */
const slowMs = 180_000;

/** More than are written at a time. */
const accounts = Array.from({ length: 60 }, (_, index) => `account-${index + 10}`);

requires('redis-server')('a restore beside a running process', () => {
  test.each([
    ['server', false],
    ['worker', false],
    ['run', false],
    ['server', true],
    ['worker', true],
  ] as const)(
    'is refused: %s, on a cluster: %s',
    async (role, cluster) => {
      const stage = await setStage({ cluster });
      onTestFinished(() => stage.close());
      const config = await stage.configure([], { interval: '1h', redis: { url: stage.redis.url, cluster } });
      const service = stage.start({ config, role });
      await service.line('working');
      const env = environment(stage.directory, {});
      const store = (...words: string[]): Promise<Ended> =>
        ended([process.execPath, program, 'store', ...words, '--config', config], { env });
      const file = join(stage.directory, 'backup.jsonl');
      expect(await store('backup', file)).toMatchObject({ status: 0 });
      expect(await store('restore', file, '--replace', '--yes')).toMatchObject({
        status: 2,
        stdout: '',
        stderr: expect.stringMatching(
          /^Nothing was done: \d+ connections? of running pinwatch processes found: /,
        ),
      });
      expect(await service.stop()).toBe(0);
      expect(await store('restore', file, '--replace', '--yes')).toMatchObject({ status: 0, stderr: '' });
    },
    slowMs,
  );
});

requires('redis-server')('a restore that is killed in the middle', () => {
  test(
    'leaves a store that nothing uses, is refused beside another one, and is repeated',
    async () => {
      const stage = await setStage();
      const redis = new Redis(stage.redis.url);
      const link = await holdingLink(stage.redis.url);
      onTestFinished(async () => {
        redis.disconnect();
        await link.close();
        await stage.close();
      });
      const more = {
        interval: '1h',
        accounts: Object.fromEntries(
          accounts.map((name) => [name, { contacts: [`${name}@example.com`], domains: [] }]),
        ),
      };
      const config = await stage.configure([], more);
      const slow = await stage.configure([], { ...more, redis: { url: link.url } });
      const service = stage.start({ config });
      await service.line('working');
      await service.stop();
      const file = join(stage.directory, 'backup.jsonl');
      const env = environment(stage.directory, {});
      const store = (...words: string[]): Promise<Ended> =>
        ended([process.execPath, program, 'store', ...words, '--config', config], { env });
      expect(await store('backup', file)).toMatchObject({ status: 0 });
      const isStored = async () =>
        (await Promise.all(accounts.map((name) => redis.exists(accountKeys(name).account)))).filter(Boolean);
      expect(await isStored()).toHaveLength(accounts.length);

      await redis.flushall();
      // The first entries are written, and the rest never arrives.
      const written = link.holdAfter(accountKeys('account-10').account);
      const killed = spawn(process.execPath, [program, 'store', 'restore', file, '--config', slow], { env });
      const end = once(killed, 'exit');
      await written;
      const beside = await store('restore', file);
      expect(beside).toMatchObject({ status: 2, stdout: '' });
      expect(beside.stderr).toMatch(/^Nothing was done: 1 connection of running pinwatch processes found: /);
      killed.kill('SIGKILL');
      expect(await end).toEqual([null, 'SIGKILL']);
      const half = (await isStored()).length;
      expect(half).toBeGreaterThan(0);
      expect(half).toBeLessThan(accounts.length);
      expect(await redis.hget(storeKey, 'schema')).toBe(String(restoringSchema));

      for (const role of ['run', 'server', 'worker'] as const) {
        const refused = stage.start({ config, role });
        expect(await refused.exited).toBe(69);
        expect(refused.lines.at(-1)).toMatchObject({
          event: 'refused',
          msg: expect.stringContaining('a restore was not finished: run "pinwatch store restore" to the end'),
        });
      }
      const damaged = join(stage.directory, 'cut.jsonl');
      await writeFile(damaged, (await readFile(file, 'utf8')).slice(0, -30));
      expect(await store('restore', damaged)).toMatchObject({ status: 64 });
      expect([await redis.hget(storeKey, 'schema'), (await isStored()).length]).toEqual([
        String(restoringSchema),
        half,
      ]);

      // Half a store is nobody's: no --replace is needed.
      expect(await store('restore', file)).toMatchObject({ status: 0, stderr: '' });
      expect(await isStored()).toHaveLength(accounts.length);
      const again = stage.start({ config });
      await again.readiness(200);
      expect(again.lines.filter(({ event }) => event === 'store_closed')).toEqual([]);
    },
    slowMs,
  );
});
