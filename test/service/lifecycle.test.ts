import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silent } from '../../lab/hostile.ts';
import { requires } from '../support/requires.ts';
import { startService } from '../support/service.ts';
import type { Received } from '../support/smtp.ts';
import { within } from '../support/within.ts';
import { entryOf, probed, type Stage, setStage, told } from './stage.ts';

/** 8 s of grace, and the time for closing on a busy machine. What it cancels would take a minute. */
const stoppedWithinMs = 30_000;

test('a wrong file stops the start with every problem, and starts nothing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pinwatch-wrong-'));
  const config = join(directory, 'pinwatch.yaml');
  const wrong = {
    interval: '10ms',
    accounts: { acme: { contacts: ['nobody'], domains: [{ host: 'https://api.example.com' }] } },
  };
  await writeFile(config, JSON.stringify(wrong));
  const service = startService({ config, cwd: directory });
  expect(await service.exited).toBe(64);
  const errors = service.errors.join('\n');
  for (const place of ['interval', 'accounts.acme.contacts[0]', 'accounts.acme.domains[0].host']) {
    expect(errors).toContain(place);
  }
  expect(errors).not.toMatch(/^\s+at /m);
  expect(service.lines).toEqual([]);
  // No var/, no redis-server.
  expect(await readdir(directory)).toEqual(['pinwatch.yaml']);
  expect(await service.leftovers(directory)).toEqual([]);
  await rm(directory, { recursive: true });
});

requires('redis-server')('start and stop', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await setStage();
  });
  afterEach(() => stage.close());

  test('SIGTERM and SIGINT end a service with its redis-server, and with 0', async () => {
    const api = await stage.api('api.example.com');
    // In a separate folder, with mail and Redis data under its state folder.
    const config = await stage.configure([entryOf(api)], { redis: {}, mail: {} });
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const service = stage.start({ config, cwd: stage.directory });
      await probed(service, [api.name], 'match');
      expect((await service.leftovers(stage.directory)).length).toBeGreaterThan(1);
      // The process ends by itself: a handle left open would keep it.
      expect(await service.stop(signal)).toBe(0);
      expect(await service.leftovers(stage.directory)).toEqual([]);
      expect(service.lines.at(-1)?.event).toBe('stopped');
      expect(service.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    }
  });

  test('SIGTERM is obeyed at any moment of the start', async () => {
    const config = await stage.configure([], { redis: {} });
    for (const event of ['redis_started', 'listening', 'redis_ready', 'provisioned']) {
      const service = stage.start({ config });
      await service.line(event);
      expect([event, await service.stop()]).toEqual([event, 0]);
    }
  });

  test('probes and mail that hang are cancelled when the grace time is over', async () => {
    // Accepts, and stays silent.
    const api = await stage.api('api.example.com');
    const hanging = await silent();
    const entries = [entryOf(api), entryOf({ name: `silent.example.com:${hanging.port}`, pins: api.pins })];
    const mail = await silent();
    const config = await stage.configure(entries, {
      probe: { timeout: '60s', confirmAfter: '50ms' },
      mail: { smtp: `smtp://127.0.0.1:${mail.port}`, from: 'pinwatch@example.com' },
    });
    const service = stage.start({ config });
    await probed(service, [api.name], 'match');
    api.server.rotate([api.strange]);
    await service.line('incident_opened');
    await until(() => mail.connections > 0 && hanging.connections > 0);
    const stopped = service.stop();
    expect(await within(stoppedWithinMs, stopped)).toBe(true);
    expect(await stopped).toBe(0);
    await Promise.all([hanging.allClosed(), mail.allClosed()]);
    await Promise.all([hanging.close(), mail.close()]);
    // The mail is not lost: it is sent once a process can send it.
    const next = stage.start({ config: await stage.configure(entries) });
    const isOfMismatch = (received: Received) => told(received).includes(`opened ${api.name} pin_mismatch`);
    // The silent server may be known as unreachable, and told as that, before the mail is here.
    while (!isOfMismatch(await stage.mail()));
    const opened = next.lines.filter(({ event }) => event === 'incident_opened');
    expect(opened.filter(({ domain }) => domain === api.name)).toEqual([]);
  });

  test('an address in use is refused with the reason, and nothing is left running', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const config = await stage.configure([], { redis: {}, http: { listen: `127.0.0.1:${port}` } });
    const service = stage.start({ config });
    expect(await service.exited).toBe(69);
    expect(service.lines.at(-1)).toMatchObject({ level: 'fatal', event: 'not_started' });
    expect(service.lines.at(-1)?.msg).toContain(`127.0.0.1:${port} is in use`);
    expect(await service.leftovers(stage.directory)).toEqual([]);
    await new Promise((resolve) => taken.close(resolve));
  });

  test('without a redis-server on the machine it says what to install', async () => {
    const config = await stage.configure([], { redis: {} });
    const service = stage.start({ config, env: { PATH: '/nonexistent' } });
    expect(await service.exited).toBe(69);
    expect(service.lines.at(-1)?.msg).toMatch(/no redis-server or valkey-server was found.*apt-get install/s);
    expect(existsSync(join(stage.directory, 'state'))).toBe(false);
  });

  test('REDIS_URL counts if the file names no Redis', async () => {
    const api = await stage.api('api.example.com');
    const config = await stage.configure([entryOf(api)], { redis: {} });
    const service = stage.start({ config, env: { REDIS_URL: stage.redis.url } });
    await probed(service, [api.name], 'match');
    expect(service.lines.filter(({ event }) => event === 'redis_started')).toEqual([]);
  });
});

/** For values that another part of this process changes silently; checks again on each turn of the loop. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
}
