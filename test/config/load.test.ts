import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRoot, pemChain } from '../../lab/authority.ts';
import { readAnchors } from '../../src/adapters/x509/anchors.ts';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblems } from '../../src/config/problem.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pinwatch-config-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const load = (path: string | undefined, environment: Record<string, string> = {}) =>
  loadConfig({ path, readAnchors, environment });

test('files that the configuration names are found beside it', async () => {
  const root = createRoot();
  const leaf = root.leaf({ names: ['api.example.com'] });
  const pem = pemChain([leaf, root.issued]);
  write('private-root.pem', root.pem);
  write('more.pem', pem);
  mkdirSync(join(folder, 'secrets'));
  write('secrets/redis', 'redis://:secret@redis.example.com\n');
  const path = write(
    'pinwatch.yaml',
    `
redis: { urlFile: secrets/redis }
accounts:
  acme:
    contacts: [devops@example.com]
    domains:
      - { host: a.example.com, caFile: private-root.pem }
      - { host: b.example.com, caFile: more.pem }
      - { host: c.example.com, caFile: ${folder}/private-root.pem }
`,
  );
  const loaded = await load(path);
  if (!loaded.ok) throw new Error(formatProblems(path, loaded.problems));
  expect(loaded.config.redis.url).toBe('redis://:secret@redis.example.com');
  expect(loaded.config.accounts[0]?.domains.map(({ ca }) => ca)).toEqual([root.pem, pem, root.pem]);
  expect(loaded.config.accounts[0]?.domains[0]?.provisionedBy).toBe(path);
  expect(loaded.warnings).toContain(
    'accounts.acme.domains[1].caFile: "more.pem": 1 certificate is not self-signed and not used as a trust anchor',
  );
  expect(loaded.warnings).toContain(
    'accounts.acme.domains[0]: "a.example.com" has no pins: only its trust and expiry are watched',
  );
});

test('--config takes precedence over PINWATCH_CONFIG, and that over the default', async () => {
  const path = write('a.yaml', 'accounts: {}');
  const other = write('b.yaml', 'accounts: {}');
  expect(await load(path, { PINWATCH_CONFIG: other })).toMatchObject({ ok: true, file: path });
  expect(await load(undefined, { PINWATCH_CONFIG: other })).toMatchObject({ ok: true, file: other });
  expect(await load(undefined, { PINWATCH_CONFIG: '' })).toMatchObject({
    ok: true,
    file: 'config/pinwatch.yaml',
  });
});

test('a file that cannot be read is a problem', async () => {
  expect(await load(join(folder, 'missing.yaml'))).toMatchObject({
    ok: false,
    problems: [{ path: '', message: 'cannot be read: no such file (ENOENT)' }],
  });
  expect(await load(folder)).toMatchObject({
    problems: [{ message: 'expected files named *.yaml, *.yml or *.json, found none' }],
  });
});

test('an endless file is not read to the end', async () => {
  expect(await load('/dev/zero')).toMatchObject({
    problems: [{ message: 'cannot be read: it has more than 64 MB' }],
  });
});

test('a pipe is read, because a shell may substitute one for a file', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  // Opened for both, so that neither side waits for the other; the shell ends, its background writer stays until it is read.
  execFileSync('sh', ['-c', `(printf 'accounts: {}' > "$0") >/dev/null 2>&1 &`, pipe]);
  expect(await load(pipe)).toMatchObject({ ok: true });
});

test('aliases may be used as often as a real file does', async () => {
  const domains = Array.from(
    { length: 2_000 },
    (_, at) => `      - { host: a${at}.example.com, pins: *pins }`,
  );
  const path = write(
    'aliases.yaml',
    `
accounts:
  acme:
    contacts: [devops@example.com]
    domains:
      - host: api.example.com
        pins: &pins [sha256/ExamplePinOfTheKeyInUseTakeYourOwnInstead00=]
${domains.join('\n')}
`,
  );
  const loaded = await load(path);
  expect(loaded.ok && loaded.config.accounts[0]?.domains.map(({ pins }) => pins.length)).toEqual(
    new Array(2_001).fill(1),
  );
});

test('problems are printed one per line, with their path', () => {
  const problems = [
    { path: 'interval', message: 'expected a duration' },
    { path: '', message: 'line 1, column 2: wrong' },
  ];
  expect(formatProblems('a.yaml', problems)).toBe(
    'a.yaml: 2 problems\n  interval: expected a duration\n  line 1, column 2: wrong',
  );
  expect(formatProblems('a.yaml', problems.slice(1))).toBe('a.yaml: 1 problem\n  line 1, column 2: wrong');
});
