/** A short soak with a fixed seed: the program itself, as `npm run soak` runs it. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requires } from '../support/requires.ts';

const root = resolve(import.meta.dirname, '..', '..');
const main = join(root, 'dist', 'soak', 'main.js');
const soakMs = 600_000;

requires('redis-server')('a short soak', () => {
  let directory: string;
  beforeAll(async () => {
    await promisify(execFile)(process.execPath, ['scripts/bootstrap.js', 'soak'], { cwd: root });
    directory = await mkdtemp(join(tmpdir(), 'pinwatch-soak-'));
  }, 120_000);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  function start(name: string, args: string) {
    const dir = join(directory, name);
    const child = spawn(process.execPath, [main, '--dir', dir, ...args.split(' ')], { cwd: root });
    let text = '';
    child.stdout.on('data', (part) => {
      text += part;
    });
    child.stderr.on('data', (part) => {
      text += part;
    });
    const ended = once(child, 'close').then(([status]) => ({ status, text }));
    const said = (pattern: RegExp) =>
      new Promise<void>((done) => {
        const check = () => pattern.test(text) && done();
        child.stdout.on('data', check);
        check();
      });
    return { dir, child, ended, said };
  }

  test(
    'tells every change and nothing else, and leaves no process behind',
    async () => {
      const { dir, ended } = start('short', '--seed 2743 --faults 16 --at-once 7 --domains 24');
      const { status, text } = await ended;
      expect(status, text).toBe(0);
      expect(text).toMatch(/^all counts hold$/m);
      expect(await processesIn(dir)).toEqual([]);
    },
    soakMs,
  );

  test(
    'ends everything when it is stopped, and goes on from there',
    async () => {
      const begun = start('stopped', '--seed 2 --faults 3 --at-once 1 --domains 8 --interval 3');
      await begun.said(/round 1, /);
      begun.child.kill('SIGINT');
      const { status, text } = await begun.ended;
      expect([status, text]).toEqual([1, expect.stringContaining('stopped by SIGINT; --resume goes on')]);
      expect(await processesIn(begun.dir)).toEqual([]);
      const resumed = start('stopped', `--resume ${begun.dir} --faults 2`);
      const last = await resumed.ended;
      expect(last.status, last.text).toBe(0);
      expect(last.text).toMatch(/round 2, .*; 2 faults, 0 problems/);
      expect(last.text).not.toMatch(/round 1, /);
    },
    soakMs,
  );
});

/** Command lines and folders name the folder of the soak. Linux only. */
async function processesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(folder)) found.push(`${pid} ${command.replaceAll('\0', ' ').trim()}`);
  }
  return found;
}
