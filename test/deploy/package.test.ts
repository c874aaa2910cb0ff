import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRoot } from '../../lab/authority.ts';
import { startChild, tool } from '../../lab/child.ts';
import { startTlsServer } from '../../lab/tls-server.ts';
import { startRedis } from '../support/redis.ts';
import { testRequiring } from '../support/requires.ts';
import { root } from './rules.ts';

const run = promisify(execFile);

/** As on a machine that has Node and npm, and never saw a checkout. */
describe('the npm package', () => {
  let folder: string;
  let packed: {
    readonly filename: string;
    readonly unpackedSize: number;
    readonly files: { path: string }[];
  };
  let program: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pinwatch-package-'));
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
    [packed] = JSON.parse(stdout.slice(stdout.indexOf('[')));
    const install = [
      'install',
      '--global',
      '--prefix',
      folder,
      '--prefer-offline',
      join(folder, packed.filename),
    ];
    await run('npm', install, { cwd: folder });
    program = join(folder, 'bin', 'pinwatch');
  }, 180_000);
  afterAll(() => rm(folder, { recursive: true }));

  const pinwatch = (...args: string[]) => run(program, args, { cwd: folder });

  test('has what runs, and nothing else', () => {
    const paths = packed.files.map(({ path }) => path);
    const others = paths.filter(
      (path) =>
        !/^(dist\/((src|verify\/typescript)\/.*\.js|man\/pinwatch[\w-]*\.1)|(config|deploy)\/.*)$/.test(path),
    );
    expect(others.sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'bin/pinwatch.js',
      'package.json',
    ]);
    for (const path of paths.filter((each) => each.endsWith('.js') && each.startsWith('dist/'))) {
      const source = path.replace(/^dist\//, '').replace(/\.js$/, '.ts');
      expect(existsSync(join(root, source)), `${path} has no source`).toBe(true);
    }
    expect(packed.unpackedSize).toBeLessThan(4_000_000);
  });

  test('starts without building anything, and checks a server without Redis', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect((await pinwatch('--version')).stdout).toBe(`${version}\n`);
    const authority = createRoot();
    const leaf = authority.leaf({ names: ['api.example.com'] });
    const server = await startTlsServer({ chains: [[leaf]] });
    await writeFile(join(folder, 'root.pem'), authority.pem);
    const { stdout } = await pinwatch(
      ...['check', `api.example.com:${server.port}`, '--connect', '127.0.0.1', '--ca-file', 'root.pem'],
      ...['--pin', leaf.pin, '--key-type', 'ecdsa', '--json'],
    ).finally(() => server.close());
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'match' });
  });

  testRequiring('mandoc')('brings the manual, a page for each command', async () => {
    const folder1 = join(folder, 'share', 'man', 'man1');
    const pages = (await readdir(folder1)).sort();
    const { stdout } = await pinwatch('--help');
    const [, section = ''] = /\nCommands:\n(.*?)\n\n/s.exec(stdout) ?? [];
    const commands = [...section.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name);
    const expected = commands.filter((name) => name !== 'help').map((name) => `pinwatch-${name}.1`);
    expect(pages).toEqual([...expected, 'pinwatch.1'].sort());
    for (const page of pages) {
      // It exits with a status for mere style, too.
      expect(await run(tool('mandoc'), ['-T', 'lint', join(folder1, page)])).toEqual({
        stdout: '',
        stderr: '',
      });
    }
    const check = join(folder1, 'pinwatch-check.1');
    const { stdout: shown } = await run(tool('mandoc'), ['-T', 'html', check]);
    expect(shown).toContain('<dt id="pin">');
  });

  testRequiring('redis-server')('validates a configuration, and runs with a given Redis', async () => {
    const redis = await startRedis();
    const config = join(folder, 'pinwatch.yaml');
    const pins = [`sha256/${'A'.repeat(43)}=`];
    const domains = [{ host: 'api.example.com', connect: ['127.0.0.1'], pins }];
    const accounts = { acme: { contacts: ['devops@example.com'], domains } };
    const network = { allow: ['127.0.0.0/8'] };
    await writeFile(
      config,
      JSON.stringify({ http: { listen: '127.0.0.1:0' }, redis: { url: redis.url }, network, accounts }),
    );
    expect((await pinwatch('validate', '--config', config)).stdout).toContain('1 domain');
    const { child } = await startChild(program, ['run', '--config', config, '--json'], /"event":"working"/);
    await child.stop();
    expect(child.process.exitCode).toBe(0);
    await redis.close();
  });
});
