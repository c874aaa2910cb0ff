import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requires } from '../support/requires.ts';
import { type Stage, setStage } from './stage.ts';

const program = join(import.meta.dirname, '..', '..', 'bin', 'pinwatch.js');

/** Sends the process itself the signal, as soon as it has its first, or second, listener for it. */
const preload = (nth: number) =>
  `data:text/javascript,${encodeURIComponent(`
    let count = 0;
    process.on('newListener', (event) => {
      if (event !== 'SIGTERM' || (count += 1) !== ${nth}) return;
      setImmediate(() => process.kill(process.pid, 'SIGTERM'));
    });`)}`;

/** A separate process id namespace; not every container may make one. */
const alone = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child'];
const canBeAlone = spawnSync(alone[0] ?? '', [...alone.slice(1), 'true']).status === 0;

requires('redis-server')('SIGTERM before the service listens', () => {
  let stage: Stage;
  let config: string;
  beforeEach(async () => {
    stage = await setStage();
    config = await stage.configure([]);
  });
  afterEach(() => stage.close());

  async function ended(role: string, nth: number, wrapper: readonly string[] = []) {
    const node = [process.execPath, '--import', preload(nth), program];
    const [command = '', ...args] = [...wrapper, ...node, role, '--config', config, '--json'];
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const [status] = await once(child, 'close');
    return { status, log: Buffer.concat(chunks).toString() };
  }

  test.each(['run', 'server', 'worker'])('ends %s with 0, before anything is loaded', async (role) => {
    expect(await ended(role, 1)).toEqual({ status: 0, log: '' });
  });

  test('ends it with 0 and reports that, while its configuration is read', async () => {
    const { status, log } = await ended('run', 2);
    expect(status).toBe(0);
    expect(log).toContain('"event":"stopped"');
    expect(log).not.toContain('"event":"listening"');
  });

  // The kernel keeps a signal from process 1 that it has no handler for; Node's own raises it again, and nothing comes of it.
  test.skipIf(!canBeAlone).each([1, 2])('ends process 1, too: at its listener %i', async (nth) => {
    const { status, log } = await ended('run', nth, alone);
    expect(status).toBe(0);
    expect(log).not.toContain('"event":"listening"');
  });
});
