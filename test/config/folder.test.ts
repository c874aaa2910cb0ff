import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRoot } from '../../lab/authority.ts';
import { readAnchors } from '../../src/adapters/x509/anchors.ts';
import { loadPinTexts } from '../../src/compose/pin-texts.ts';
import { loadConfig, loadListener } from '../../src/config/load.ts';
import { formatProblems } from '../../src/config/problem.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pinwatch-folder-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, text: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

const load = (environment: Record<string, string> = {}) =>
  loadConfig({ path: folder, readAnchors, pinTexts: loadPinTexts, environment });

async function config() {
  const loaded = await load();
  if (!loaded.ok) throw new Error(formatProblems(loaded.file, loaded.problems));
  return loaded.config;
}

async function problems(environment = {}): Promise<string[]> {
  const loaded = await load(environment);
  if (loaded.ok) throw new Error('expected problems, found none');
  return formatProblems(loaded.file, loaded.problems)
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}

const account = (host: string) => `contacts: [devops@example.com]\n    domains: [{ host: ${host} }]\n`;
const accounts = (name: string, host: string) => `accounts:\n  ${name}:\n    ${account(host)}`;

test('the files of a folder make one configuration, in the order of their names', async () => {
  await write('10-base.yaml', 'interval: 5m\nhttp: { listen: "127.0.0.1:9999" }\n');
  await write('20-acme.yml', accounts('acme', 'a.example.com'));
  await write(
    '30-globex.json',
    JSON.stringify({ accounts: { globex: { contacts: ['b@example.com'], domains: [] } } }),
  );
  await write('00-empty.yaml', '# all of it is commented out\n');
  await write('README.md', 'not: [read');
  const { intervalMs, http, accounts: found } = await config();
  expect({ intervalMs, port: http.port }).toEqual({ intervalMs: 300_000, port: 9999 });
  expect(found.map(({ name, provisionedBy }) => [name, provisionedBy])).toEqual([
    ['acme', join(folder, '20-acme.yml')],
    ['globex', join(folder, '30-globex.json')],
  ]);
  expect(loadListener(folder, {})).toMatchObject({ ok: true, listener: { port: 9999 } });
});

test('paths are relative to the file that they are in, and a file may be a link', async () => {
  const root = createRoot();
  await write('elsewhere/acme.yaml', accounts('acme', 'a.example.com, caFile: root.pem'));
  await write('conf/root.pem', root.pem);
  await write('conf/10-base.yaml', 'redis: { urlFile: redis-url }\naccounts: {}\n');
  await write('conf/redis-url', 'redis://redis.example.com');
  await symlink('../elsewhere/acme.yaml', join(folder, 'conf/20-acme.yaml'));
  await write(
    'conf/30-globex.yaml',
    'accounts: { globex: { contacts: [b@example.com], domainsFile: globex.jsonl } }',
  );
  await write('conf/globex.jsonl', '{"host": "b.example.com"}\n');
  const loaded = await loadConfig({ path: join(folder, 'conf'), readAnchors, environment: {} });
  if (!loaded.ok) throw new Error(formatProblems(loaded.file, loaded.problems));
  expect(loaded.config.redis.url).toBe('redis://redis.example.com');
  expect(loaded.config.accounts.map(({ domains }) => domains.map(({ host, ca }) => [host, ca]))).toEqual([
    [['a.example.com', root.pem]],
    [['b.example.com', undefined]],
  ]);
  expect(loaded.config.accounts[1]?.domains[0]?.provisionedBy).toBe(join(folder, 'conf/globex.jsonl'));
  expect(loaded.warnings).toContain(
    '20-acme.yaml:4: accounts.acme.domains[0]: "a.example.com" has no pins: only its trust and expiry are watched',
  );
});

describe('a ConfigMap that Kubernetes has mounted', () => {
  /** As the kubelet does: a folder for the data, and links to it that lead through `..data`. */
  async function mount(version: string, files: Record<string, string>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await write(`..${version}/${name}`, text);
      await symlink(join('..data', name), join(folder, name)).catch(() => {});
    }
    await symlink(`..${version}`, join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  }

  test('is read once, and as it is after an update', async () => {
    await mount('2026_11_27_1', { 'pinwatch.yaml': accounts('acme', 'a.example.com') });
    expect((await config()).accounts.map(({ name }) => name)).toEqual(['acme']);
    await mount('2026_11_27_2', {
      'pinwatch.yaml': accounts('acme', 'c.example.com'),
      'globex.yaml': accounts('globex', 'b.example.com'),
    });
    const found = (await config()).accounts;
    expect(found.map(({ name, domains }) => [name, domains[0]?.host])).toEqual([
      ['globex', 'b.example.com'],
      ['acme', 'c.example.com'],
    ]);
    // A file that was taken out of it leaves a link that leads nowhere, until the kubelet removes it.
    await rm(join(folder, '..2026_11_27_2', 'globex.yaml'));
    expect(await problems()).toEqual(['globex.yaml: cannot be read: no such file (ENOENT)']);
    await rm(join(folder, 'globex.yaml'));
    expect((await config()).accounts).toHaveLength(1);
  });
});

test('a key is in one file only, and so is an account', async () => {
  await write('10.yaml', `interval: 5m\nx-shared: 1\n${accounts('acme', 'a.example.com')}`);
  await write('20.yaml', `x-shared: 2\n\ninterval: 5m\n${accounts('acme', 'b.example.com')}`);
  expect(await problems()).toEqual([
    '20.yaml:3: interval: is in 10.yaml, too: keep it in one of the files',
    '20.yaml:5: accounts.acme: is in 10.yaml, too: keep it in one of the files',
  ]);
});

test('each problem names its file and line, and all are found at once', async () => {
  await write('10.yaml', '# pinwatch\ninterval: soon\nredis:\n  urlFile: missing\n"two words": 1\n');
  await write(
    '20.yaml',
    `accounts:\n  acme:\n    contacts: [devops@example.com]\n    domains:\n      - host: a.example.com\n        pins:\n          - sha1/AAAA\n      - { host: "https://b.example.com" }\n`,
  );
  await write('30.yaml', accounts('Globex!', 'c.example.com'));
  await write(
    '40.yaml',
    'accounts:\n  initech:\n    contacts: [devops@example.com]\n    domainsFile: hosts.jsonl\n',
  );
  await write('hosts.jsonl', '\n{"hots": "d.example.com"}\n');
  await write('50.yaml', '- a list\n');
  expect(await problems({ REDIS_URL: 'redis://other' })).toEqual([
    '50.yaml: expected a map with keys of the configuration, found a list',
    expect.stringMatching(/^10\.yaml:5: \["two words"\]: unknown key, /),
    expect.stringMatching(/^10\.yaml:2: interval: expected .* found "soon"$/),
    expect.stringMatching(/^10\.yaml:4: redis\.urlFile: cannot read .*missing": no such file/),
    expect.stringMatching(/^20\.yaml:7: accounts\.acme\.domains\[0\]\.pins\[0\]: /),
    expect.stringMatching(/^20\.yaml:8: accounts\.acme\.domains\[1\]\.host: .* is not a host/),
    expect.stringMatching(/^30\.yaml:2: accounts\["Globex!"\]: expected /),
    expect.stringMatching(/^hosts\.jsonl:2/),
    expect.stringMatching(/^hosts\.jsonl:2/),
  ]);
});

test('files that are not in form are all named', async () => {
  await write('10.yaml', 'interval: [\n');
  await write('20.yaml', 'a: 1\na: 2\n');
  await write('30.yaml', Uint8Array.of(0xff, 0xfe, 0xfd));
  await mkdir(join(folder, '40.yaml'));
  expect(await problems()).toEqual(['40.yaml: cannot be read: it is a folder (EISDIR)']);
  await rm(join(folder, '40.yaml'), { recursive: true });
  expect(await problems()).toEqual([
    expect.stringMatching(/^10\.yaml: line 2, column 1: /),
    expect.stringMatching(/^20\.yaml: line 2, column 1: /),
    '30.yaml: expected UTF-8 text, found other bytes',
  ]);
});

test('a folder without files, and one whose keys would change an object', async () => {
  await write('.hidden.yaml', 'interval: 5m\n');
  expect(await problems()).toEqual(['expected files named *.yaml, *.yml or *.json, found none']);
  await write('10.yaml', 'accounts: { __proto__: { contacts: [devops@example.com] } }\n');
  expect(await problems()).toEqual([expect.stringMatching(/^10\.yaml:1: accounts\.__proto__: expected /)]);
});

test('the listener is in the file that has it, whatever is wrong with the others', async () => {
  await write('10.yaml', 'interval: [\n');
  await write('20.yaml', 'x: http\n');
  expect(loadListener(folder, {})).toMatchObject({ ok: true, listener: { port: 9464 } });
  await write('30.json', JSON.stringify({ http: { listen: '0.0.0.0:9000' } }));
  expect(loadListener(folder, {})).toMatchObject({ ok: true, listener: { host: '0.0.0.0', port: 9000 } });
});
