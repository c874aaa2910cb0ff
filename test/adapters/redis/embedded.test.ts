import { spawn } from 'node:child_process';
import { pbkdf2 } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type EmbeddedRedis,
  NoRedisServer,
  startEmbeddedRedis,
} from '../../../src/adapters/redis/embedded.ts';
import { requires } from '../../support/requires.ts';

let directory: string;
const closers: (() => Promise<void>)[] = [];
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'pinwatch-embedded-')), 'redis "1"');
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await rm(join(directory, '..'), { recursive: true });
});

const path = `${process.env.PATH}:/usr/sbin`;

async function start(onCrash: (reason: string) => void = () => {}): Promise<EmbeddedRedis> {
  const embedded = await startEmbeddedRedis(directory, path, onCrash);
  closers.push(embedded.close);
  return embedded;
}

async function ask<T>(url: string, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  redis.on('error', () => {}); // the test waits for it
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

const pidOf = async () => Number(await readFile(join(directory, 'redis.pid'), 'utf8'));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves once nothing listens there: by then the process is about to exit or has. */
async function refuses(url: string): Promise<void> {
  const port = Number(new URL(url).port);
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    if (!open) return;
    // Its end shows as an event of this connection.
    await new Promise((resolve) => socket.once('close', resolve).resume());
  }
}

test('without a redis-server on the PATH it says what to do', async () => {
  const failed = startEmbeddedRedis(directory, '/nonexistent', () => {});
  await expect(failed).rejects.toThrow(NoRedisServer);
  await expect(failed).rejects.toThrow(/apt-get install redis-server(.|\n)*redis\.url(.|\n)*REDIS_URL/);
  expect(existsSync(directory)).toBe(false);
});

requires('redis-server')('the local redis-server', () => {
  test('needs a password, is only for this user, and keeps its data over a restart', async () => {
    const first = await start();
    await ask(first.url, (redis) => redis.set('key', 'value'));
    const { password, hostname, port } = new URL(first.url);
    expect(hostname).toBe('127.0.0.1');
    expect(password.length).toBeGreaterThan(20);
    await expect(ask(`redis://${hostname}:${port}`, (redis) => redis.get('key'))).rejects.toThrow('NOAUTH');
    expect((await stat(directory)).mode & 0o077).toBe(0);
    expect((await stat(join(directory, 'redis.conf'))).mode & 0o077).toBe(0);
    expect(await ask(first.url, (redis) => redis.info('memory'))).toContain('maxmemory_policy:noeviction');
    const pid = await pidOf();
    await first.close();
    expect(isAlive(pid)).toBe(false);

    const second = await start();
    expect(await ask(second.url, (redis) => redis.get('key'))).toBe('value');
    await second.close();
  });

  test('that is killed is reported and restarted on the same port, with its data', async () => {
    const crashes = new EventEmitter();
    const embedded = await start((reason) => crashes.emit('crash', reason));
    await ask(embedded.url, (redis) => redis.set('key', 'value'));
    // appendfsync everysec loses a second at a power cut; a killed process has passed everything to the system.
    const crash = once(crashes, 'crash');
    process.kill(await pidOf(), 'SIGKILL');
    expect((await crash)[0]).toMatch(/redis-server ended/);
    expect(await ask(embedded.url, (redis) => redis.get('key'))).toBe('value');
    const again = once(crashes, 'crash');
    process.kill(await pidOf(), 'SIGKILL');
    await again;
    // Closing while it is down leaves nothing behind either.
    await embedded.close();
    await refuses(embedded.url);
  });

  test('ends when the process that started it is killed', async () => {
    const source = join(import.meta.dirname, '..', '..', '..', 'dist/src/adapters/redis/embedded.js');
    const script = `
      const { startEmbeddedRedis } = await import(process.argv[1]);
      const { url } = await startEmbeddedRedis(process.argv[2], process.argv[3], () => {});
      console.log(url);
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script, source, directory, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [url] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    const pid = await pidOf();
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await refuses(url);
    // And its successor takes over, without reporting another pinwatch.
    const successor = await start();
    expect(await ask(successor.url, (redis) => redis.ping())).toBe('PONG');
  });

  test('is refused in a folder that another one uses, with its process id and what to do', {
    timeout: 90_000,
  }, async () => {
    const first = await start();
    const second = startEmbeddedRedis(directory, path, () => {});
    await expect(second).rejects.toThrow(
      new RegExp(`another pinwatch is using .*process id ${await pidOf()}.*redis\\.url.*stateDir`),
    );
    expect(await ask(first.url, (redis) => redis.ping())).toBe('PONG');
  });

  test('reports that it waits for another one to end, and then takes its place', async () => {
    const first = await start();
    await ask(first.url, (redis) => redis.set('key', 'value'));
    const waiting = new EventEmitter();
    const told = once(waiting, 'waiting');
    const { signal } = new AbortController();
    const onWaiting = (pid: number) => waiting.emit('waiting', pid);
    const second = startEmbeddedRedis(directory, path, () => {}, { signal, onWaiting });
    expect(await told).toEqual([await pidOf()]);
    await first.close();
    const successor = await second;
    closers.push(successor.close);
    expect(await ask(successor.url, (redis) => redis.get('key'))).toBe('value');
  });

  test('stops waiting at once if aborted', async () => {
    await start();
    const stop = new AbortController();
    const second = startEmbeddedRedis(directory, path, () => {}, {
      signal: stop.signal,
      onWaiting: () => stop.abort(new Error('enough')),
    });
    await expect(second).rejects.toThrow('enough');
  });

  test('that cannot start says so with the end of its log', async () => {
    const first = await start();
    await ask(first.url, (redis) => redis.set('key', 'value'));
    await first.close();
    const folder = join(directory, 'appendonlydir');
    const manifest = (await readdir(folder)).find((name) => name.endsWith('.manifest')) ?? '';
    await writeFile(join(folder, manifest), 'nonsense\n');
    await expect(start()).rejects.toThrow(
      /redis-server ended \(exit status 1\); the end of .*redis\.log:\n(.|\n)+/,
    );
  });

  test('that ends while file operations are queued is still noticed', async () => {
    const bin = await mkdtemp(join(directory, '..', 'bin-'));
    await writeFile(join(bin, 'redis-server'), '#!/bin/sh\necho no room >&2\nexit 1\n', { mode: 0o755 });
    // The threads that close files are busy for much longer than it takes the server to end.
    let isBusy = true;
    const work = async () => {
      while (isBusy) await promisify(pbkdf2)('', '', 200_000, 32, 'sha256');
    };
    const working = Array.from({ length: 12 }, work);
    try {
      await expect(startEmbeddedRedis(directory, bin, () => {})).rejects.toThrow(
        /redis-server ended \(exit status 1\); the end of .*redis\.log:\n(.|\n)*no room/,
      );
    } finally {
      isBusy = false;
      await Promise.all(working);
    }
  });
});
