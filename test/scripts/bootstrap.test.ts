import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tool } from '../../lab/child.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
let directory: string;
let checkout: string;

/** A checkout with this bootstrap, one source, and a lock file whose one package, the compiler, is linked from here. */
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pinwatch-bootstrap-'));
  checkout = join(directory, 'checkout');
  mkdirSync(join(checkout, 'src'), { recursive: true });
  cpSync(join(repository, 'scripts'), join(checkout, 'scripts'), { recursive: true });
  cpSync(join(repository, 'bin'), join(checkout, 'bin'), { recursive: true });
  symlinkSync(join(repository, 'node_modules/typescript'), join(directory, 'typescript'));
  const { version } = JSON.parse(readFileSync(join(directory, 'typescript/package.json'), 'utf8'));
  const root = { name: 'checkout', version: '1.0.0', dependencies: { typescript: 'file:../typescript' } };
  write('package.json', { ...root, type: 'module' });
  write('package-lock.json', {
    name: 'checkout',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': root,
      '../typescript': { version },
      'node_modules/typescript': { resolved: '../typescript', link: true },
    },
  });
  const compilerOptions = { module: 'nodenext', target: 'es2023', rootDir: '.', outDir: 'dist', types: [] };
  write('tsconfig.json', {});
  write('tsconfig.build.json', { compilerOptions, include: ['src'] });
  write('src/main.ts', 'declare const console: { log(text: string): void };\nconsole.log("one");\n');
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(file: string, content: string | object): void {
  writeFileSync(join(checkout, file), typeof content === 'string' ? content : JSON.stringify(content));
}

function run(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [join(checkout, script), ...args], {
    encoding: 'utf8',
    // REDIS_URL: these checkouts need none of this machine's programs, and must not install any.
    env: { ...process.env, REDIS_URL: 'redis://127.0.0.1:1', ...env },
  });
}
const bootstrap = (task: string, env?: NodeJS.ProcessEnv) => run('scripts/bootstrap.js', [task], env);

const INSTALLING = 'bootstrap: installing npm packages (npm ci)\n';
const BUILDING = 'bootstrap: building dist/ (tsc)\n';

test('does each step once, and again only where something changed', () => {
  expect(bootstrap('check')).toMatchObject({ status: 0, stdout: '', stderr: INSTALLING });
  expect(bootstrap('check')).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(bootstrap('start')).toMatchObject({ status: 0, stdout: '', stderr: BUILDING });
  expect(bootstrap('start')).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(existsSync(join(checkout, 'dist/.lock'))).toBe(false);

  // Cut short in the middle of an install.
  rmSync(join(checkout, 'node_modules/.pinwatch-bootstrap'));
  rmSync(join(checkout, 'node_modules/.package-lock.json'));
  expect(bootstrap('start')).toMatchObject({ status: 0, stderr: INSTALLING });
  // An install by hand is taken over.
  rmSync(join(checkout, 'node_modules/.pinwatch-bootstrap'));
  expect(bootstrap('start')).toMatchObject({ status: 0, stderr: '' });
  write('package-lock.json', `${readFileSync(join(checkout, 'package-lock.json'), 'utf8')}\n`);
  expect(bootstrap('start')).toMatchObject({ status: 0, stderr: INSTALLING + BUILDING });
});

test('bin/pinwatch.js ends with 70 where what was built cannot be loaded', () => {
  write('src/main.ts', 'throw new Error("a part is missing");\n');
  const failed = run('bin/pinwatch.js', []);
  expect(failed).toMatchObject({ status: 70, stdout: '' });
  expect(failed.stderr).toContain('pinwatch: Error: a part is missing\n');
});

test('bin/pinwatch.js runs the sources as they are now', () => {
  expect(run('bin/pinwatch.js', [])).toMatchObject({
    status: 0,
    stdout: 'one\n',
    stderr: INSTALLING + BUILDING,
  });
  write('src/old.ts', 'export {};\n');
  write('src/main.ts', 'declare const console: { log(text: string): void };\nconsole.log("two");\n');
  expect(run('bin/pinwatch.js', [])).toMatchObject({ status: 0, stdout: 'two\n', stderr: BUILDING });
  expect(existsSync(join(checkout, 'dist/src/old.js'))).toBe(true);
  rmSync(join(checkout, 'src/old.ts'));
  expect(run('bin/pinwatch.js', []).stderr).toBe(BUILDING);
  expect(existsSync(join(checkout, 'dist/src/old.js'))).toBe(false);

  write('src/main.ts', 'const wrong: string = 1;\n');
  const failed = run('bin/pinwatch.js', []);
  // Not 1, by which `pinwatch check` says that apps fail.
  expect(failed).toMatchObject({ status: 69, stdout: '' });
  expect(failed.stderr).toContain('src/main.ts(1,7): error TS2322');
  expect(readFileSync(join(checkout, 'dist/src/main.js'), 'utf8')).toContain('two');

  // Installed without sources: run as it is, and nothing is prepared.
  rmSync(join(checkout, 'src'), { recursive: true });
  rmSync(join(checkout, 'scripts'), { recursive: true });
  expect(run('bin/pinwatch.js', [])).toMatchObject({ status: 0, stdout: 'two\n', stderr: '' });
});

test('of several at once one works and the others wait', async () => {
  const script = join(checkout, 'scripts/bootstrap.js');
  const runs = Array.from({ length: 3 }, async () => {
    const child = spawn(process.execPath, [script, 'check'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const status = new Promise((resolve) => child.once('exit', resolve));
    return { stderr: await text(child.stderr), status: await status };
  });
  const results = await Promise.all(runs);
  expect(results.map(({ status }) => status)).toEqual([0, 0, 0]);
  expect(results.filter(({ stderr }) => stderr.includes(INSTALLING))).toHaveLength(1);
});

test('told to end in the middle of a step, it lets go of the lock once the step has ended', async () => {
  const child = spawn(process.execPath, [join(checkout, 'scripts/bootstrap.js'), 'check'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await once(child.stderr, 'data'); // the line that announces npm ci
  expect(existsSync(join(checkout, 'dist/.lock'))).toBe(true);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([143, null]);
  expect(existsSync(join(checkout, 'dist/.lock'))).toBe(false);
  expect(existsSync(join(checkout, 'node_modules/.pinwatch-bootstrap'))).toBe(false);
  expect(bootstrap('check')).toMatchObject({ status: 0, stderr: INSTALLING });
});

test('the lock of a process that died is taken over', () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  mkdirSync(join(checkout, 'dist'));
  write('dist/.lock', String(dead));
  expect(bootstrap('check')).toMatchObject({ status: 0, stderr: INSTALLING });
});

test('a failing step shows what the tool said', () => {
  write('package-lock.json', '{');
  const { status, stderr } = bootstrap('check');
  expect(status).toBe(1);
  expect(stderr).toMatch(/npm ci .*failed with status 1\n.*npm error/s);
  expect(existsSync(join(checkout, 'dist/.lock'))).toBe(false);
});

test('a missing program stops the demo at once, and is only told before tests', () => {
  const path = join(directory, 'bin');
  mkdirSync(path);
  symlinkSync(process.execPath, join(path, 'node'));
  symlinkSync(tool('npm'), join(path, 'npm'));
  // Neither redis-server nor any package manager is to be found here.
  const env = { PATH: path };
  const missing = (more: string) => `bootstrap: not found: ${more}. Install them and put them on PATH.`;
  const redis = 'redis-server or valkey-server';
  // Before anything is installed, and whatever REDIS_URL says: the demo starts a Redis of its own.
  for (const REDIS_URL of ['', 'redis://127.0.0.1:1']) {
    expect(bootstrap('demo', { ...env, REDIS_URL })).toMatchObject({
      ...{ status: 1, stdout: '' },
      stderr: `${missing(redis)}\n`,
    });
  }
  expect(existsSync(join(checkout, 'node_modules'))).toBe(false);
  expect(bootstrap('start', { ...env, REDIS_URL: '' })).toMatchObject({
    status: 0,
    stderr: `${missing(redis)}\n${INSTALLING}${BUILDING}`,
  });
  const tests = bootstrap('test', env);
  expect(tests.status).toBe(0);
  expect(tests.stderr).toContain(redis);
  expect(tests.stderr).toContain(
    '. Install them and put them on PATH.\nbootstrap: the tests that need them are skipped\n',
  );
});

test('an unknown task is refused by name', () => {
  expect(bootstrap('dmeo')).toMatchObject({
    status: 1,
    stderr:
      'bootstrap: expected one of demo, start, test, check, pack, bench, differential, fuzz, soak, vectors, verify:java, verify:differential, found "dmeo"\n',
  });
});
