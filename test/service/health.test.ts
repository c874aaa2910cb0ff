import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../lab/child.ts';
import { ended, environment, program } from '../cli/remote/admin.ts';
import { requires } from '../support/requires.ts';
import { type Stage, setStage } from './stage.ts';

const root = join(import.meta.dirname, '..', '..');

/** What the image runs, word for word. */
async function healthcheck(): Promise<string[]> {
  const [, command = ''] =
    /^HEALTHCHECK .*\\\n +CMD (\[.*\])$/m.exec(await readFile(join(root, 'Dockerfile'), 'utf8')) ?? [];
  return JSON.parse(command) as string[];
}

requires('redis-server')('the health of a service', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await setStage();
  });
  afterEach(() => stage.close());

  const health = (config: string, ...args: string[]) =>
    ended([process.execPath, program, 'health', ...args], {
      cwd: stage.directory,
      env: environment(stage.directory, { PINWATCH_CONFIG: config }),
    });

  /** As Docker does it: in the image's folder, with the container's environment. */
  const image = async (config: string) =>
    ended(await healthcheck(), { cwd: root, env: environment(stage.directory, { PINWATCH_CONFIG: config }) });

  async function listening(role: 'run' | 'server' | 'worker', http: Readonly<Record<string, unknown>> = {}) {
    const port = await freePort();
    const config = await stage.configure([], { http: { listen: `127.0.0.1:${port}`, ...http } });
    const service = stage.start({ config, role });
    await service.line('working');
    return { port, config, service };
  }

  test.each(['run', 'server', 'worker'] as const)('is read from its own listener: %s', async (role) => {
    const { port, config, service } = await listening(role);
    const url = `http://127.0.0.1:${port}/healthz`;
    expect(await health(config)).toEqual({ status: 0, stdout: `${url} is healthy\n`, stderr: '' });
    const { status, stdout } = await image(config);
    expect([status, JSON.parse(stdout)]).toEqual([0, { healthy: true, url, status: 200, reason: null }]);

    await service.stop();
    expect(await health(config)).toEqual({
      status: 1,
      stdout: '',
      stderr: `${url} is not healthy: nothing listens there (ECONNREFUSED)\n`,
    });
    expect(await image(config)).toMatchObject({ status: 1 });
  });

  test('is read over https, whoever signed the certificate and for whatever name', async () => {
    const leaf = stage.issuing.leaf({ names: ['pinwatch.example.com'] });
    await writeFile(join(stage.directory, 'server.pem'), leaf.pem);
    await writeFile(join(stage.directory, 'server.key'), leaf.keyPem);
    const { port, config } = await listening('run', {
      tls: { certFile: 'server.pem', keyFile: 'server.key' },
    });
    expect(await health(config)).toMatchObject({
      status: 0,
      stdout: `https://127.0.0.1:${port}/healthz is healthy\n`,
    });
    expect(await image(config)).toMatchObject({ status: 0 });
  });

  test('is bad at the deadline if the process hangs', async () => {
    const { port, config, service } = await listening('run');
    service.process.kill('SIGSTOP');
    try {
      const { status, stdout } = await health(config, '--timeout', '200ms', '--json');
      expect([status, JSON.parse(stdout)]).toEqual([
        1,
        {
          healthy: false,
          url: `http://127.0.0.1:${port}/healthz`,
          status: null,
          reason: 'no answer within 200 ms',
        },
      ]);
    } finally {
      service.process.kill('SIGCONT');
    }
  });

  test('does not depend on the rest of its file', async () => {
    const { config } = await listening('run');
    const changed = { ...JSON.parse(await readFile(config, 'utf8')), interval: 'soon' };
    await writeFile(config, JSON.stringify(changed));
    expect(await health(config)).toMatchObject({ status: 0 });
  });

  test('is bad usage without a port, a file or a sensible deadline; 1 for Docker', async () => {
    const config = await stage.configure([]);
    expect(await health(config)).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('http.listen: expected a fixed port'),
    });
    expect(await health('/nowhere', '--json')).toMatchObject({ status: 64, stdout: '' });
    expect(await health(config, '--timeout', '2m')).toMatchObject({
      status: 64,
      stderr: '--timeout: expected 1ms to 1m, found "2m"\n',
    });
    expect(await image('/nowhere')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('/nowhere: 1 problem'),
    });
  });
});
