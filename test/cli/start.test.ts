import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { environment, program } from './remote/admin.ts';

beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, ['bin/pinwatch.js', '--version'], {
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
});

/** The files that a command loads: V8 counts them. */
function loadedBy(...args: readonly string[]): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'pinwatch-start-'));
  try {
    const env = environment(directory, { NODE_V8_COVERAGE: directory, PINWATCH_URL: 'http://127.0.0.1:1' });
    spawnSync(process.execPath, [program, ...args], { cwd: directory, env });
    const reports = readdirSync(directory).filter((name) => name.startsWith('coverage-'));
    return reports.flatMap((name) => {
      const { result } = JSON.parse(readFileSync(join(directory, name), 'utf8')) as {
        result: { url: string }[];
      };
      return result.map(({ url }) => url);
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const schemas = /\/node_modules\/zod\/|\/src\/wire\//;

test.each([
  ['--help'],
  ['domain', 'change', '--help'],
  ['check', 'http://not-a-host/'],
  ['validate', '-c', 'missing.yaml'],
  ['completion', 'bash'],
  ['domain', 'show', 'acme', 'not a host'],
])('%s %s loads no schema', (...args) => {
  const loaded = loadedBy(...args);
  expect(loaded.some((url) => url.endsWith('/src/cli/remote/client.js'))).toBe(true);
  expect(loaded.filter((url) => schemas.test(url))).toEqual([]);
});

test('a command that uses the API loads them', () => {
  const loaded = loadedBy('account', 'list');
  expect(loaded.some((url) => url.endsWith('/src/wire/routes.js'))).toBe(true);
});
