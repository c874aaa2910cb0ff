import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { findTool, tool } from '../../lab/child.ts';
import { requires } from '../support/requires.ts';
import { type Api, createRig, ok, type Rig } from './rig.ts';

const pins = [`sha256/${'B'.repeat(42)}A=`];
const hosts = ['api.example.com', 'api.example.com:8443', '[2001:db8::1]', '192.0.2.1:8443'];

requires('redis-server')('service discovery', () => {
  let rig: Rig;
  let api: Api;
  let admin: string;
  beforeAll(async () => {
    rig = await createRig();
    api = await rig.serve();
    admin = await api.token(undefined, 'admin');
    for (const name of ['acme', 'globex']) {
      const account = { token: admin, body: { name, contacts: ['a@example.com'] } };
      ok(await api.ask('POST', '/v1/accounts', account), 201);
      for (const host of name === 'acme' ? hosts : ['other.example.com']) {
        const entry = { token: admin, body: { host, pins, connect: ['127.0.0.1'] } };
        ok(await api.ask('POST', `/v1/accounts/${name}/domains`, entry), 201);
      }
    }
  });
  afterAll(() => rig.close());

  const group = (account: string, domain: string, target: string) => ({
    targets: [target],
    labels: { __meta_pinwatch_account: account, __meta_pinwatch_domain: domain },
  });
  const others = group('globex', 'other.example.com', 'other.example.com:443');

  test('has every watched domain with its port, for a token of the account only its own', async () => {
    const found = async (token: string) => {
      const { text, json } = ok(await api.ask('GET', '/v1/sd', { token }));
      expect(text.startsWith('[')).toBe(true);
      return json;
    };
    const all = await found(await api.token(admin, 'metrics'));
    expect(all).toHaveLength(5);
    expect(all).toEqual(
      expect.arrayContaining([
        group('acme', 'api.example.com', 'api.example.com:443'),
        group('acme', 'api.example.com:8443', 'api.example.com:8443'),
        group('acme', '[2001:db8::1]', '[2001:db8::1]:443'),
        group('acme', '192.0.2.1:8443', '192.0.2.1:8443'),
        others,
      ]),
    );
    expect(await found(await api.token(admin, 'account-viewer', 'globex', 'viewer'))).toEqual([others]);
  });

  test.skipIf(findTool('promtool') === undefined)('is what Prometheus takes', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pinwatch-sd-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const file = join(directory, 'prometheus.yml');
    const discovery = {
      url: new URL('/v1/sd', api.url).href,
      // promtool 2.42 leaves out the default type.
      authorization: {
        type: 'Bearer',
        credentials: await api.token(admin, 'metrics', 'globex', 'discovery'),
      },
    };
    const job = { job_name: 'blackbox', http_sd_configs: [discovery] };
    await writeFile(file, JSON.stringify({ scrape_configs: [job] }));
    const { stdout } = await promisify(execFile)(tool('promtool'), [
      'check',
      'service-discovery',
      '--timeout=2s',
      file,
      'blackbox',
    ]);
    expect(stdout).toContain('"__meta_pinwatch_domain": "other.example.com"');
    expect(stdout).toContain('"__address__": "other.example.com:443"');
  });
});
