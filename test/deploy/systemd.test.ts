import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { tool } from '../../lab/child.ts';
import { requires } from '../support/requires.ts';
import { root } from './rules.ts';

const run = promisify(execFile);
const unit = join(root, 'deploy/systemd/pinwatch.service');

requires('systemd-analyze')('the unit for systemd', () => {
  test('is valid', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pinwatch-unit-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    // The manual is looked for on this machine, where it is not installed.
    const text = (await readFile(unit, 'utf8')).replace(/^Documentation=.*\n/m, '');
    const copy = join(directory, 'pinwatch.service');
    await writeFile(copy, text);
    const { stdout, stderr } = await run(tool('systemd-analyze'), ['verify', copy]);
    expect(stdout + stderr).toBe('');
  });

  test('leaves the service hardly any rights', async () => {
    const args = ['security', '--offline=true', '--threshold=20', '--no-pager', unit];
    const { stdout } = await run(tool('systemd-analyze'), args);
    // 0.0 is the least exposed, 10.0 the most. It needs the network, and writable executable memory for V8.
    expect(stdout).toMatch(/Overall exposure level for pinwatch\.service: 1\.\d OK/);
  });
});
