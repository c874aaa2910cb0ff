// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what the configuration replaces.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRoot } from '../../lab/authority.ts';
import { readAnchors } from '../../src/adapters/x509/anchors.ts';
import { parseJsonLine } from '../../src/config/json-line.ts';
import { loadAccounts, loadConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';
import { domainName } from '../../src/core/domain.ts';
import { pin } from './parsing.ts';

let folder: string;
let configuration: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pinwatch-domains-'));
  configuration = write(
    'pinwatch.yaml',
    'accounts: { acme: { contacts: [a@example.com], domainsFile: lists/acme.jsonl } }',
  );
  mkdirSync(join(folder, 'lists'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function load(environment: Record<string, string> = {}) {
  const loaded = await loadConfig({ path: configuration, readAnchors, environment });
  return loaded.ok
    ? {
        domains: loaded.config.accounts[0]?.domains ?? [],
        warnings: loaded.warnings.filter((warning) => warning.startsWith('lists/')),
      }
    : { problems: loaded.problems.map(formatProblem) };
}

test('a domain has the keys that it has in YAML, and its paths are relative to its own file', async () => {
  const root = createRoot();
  write('lists/root.pem', root.pem);
  const whole = {
    host: 'api.${ZONE}',
    port: 8443,
    pins: [pin],
    caFile: 'root.pem',
    connect: ['192.0.2.10'],
    keyTypes: ['ecdsa'],
    alpn: ['h2'],
    platforms: ['ios'],
  };
  // With a byte order mark, an end of line as on Windows, an empty line, and no end of the last line.
  const lines = [`\ufeff${JSON.stringify(whole)}\r`, '', '{ "host": "[2001:db8::1]:8443", "pins": [ ] }'];
  write('lists/acme.jsonl', lines.join('\n'));
  const { domains, warnings } = await load({ ZONE: 'example.com' });
  const provisionedBy = join(folder, 'lists/acme.jsonl');
  expect(domains).toEqual([
    {
      host: 'api.example.com',
      port: 8443,
      pins: [pin],
      ca: root.pem,
      connect: ['192.0.2.10'],
      keyTypes: ['ecdsa'],
      alpn: ['h2'],
      platforms: ['ios'],
      provisionedBy,
    },
    { host: '2001:db8::1', port: 8443, pins: [], provisionedBy },
  ]);
  expect(warnings).toEqual([
    'lists/acme.jsonl:3: "[2001:db8::1]:8443" has no pins: only its trust and expiry are watched',
  ]);
});

test('"apply" reads it too, for the account that it applies', async () => {
  write('lists/acme.jsonl', `{"host":"api.example.com","pins":["${pin}"]}\n`);
  const both = write(
    'both.yaml',
    `accounts:
  acme: { contacts: [a@example.com], domains: [{ host: www.example.com }], domainsFile: lists/acme.jsonl }
  other: { contacts: [a@example.com], domainsFile: missing.jsonl }
`,
  );
  const alone = write('alone.yaml', 'contacts: [a@example.com]\ndomainsFile: lists/acme.jsonl\n');
  const namesIn = async (file: string, account?: string) => {
    const loaded = await loadAccounts(file, account, readAnchors, {});
    return loaded.ok
      ? loaded.accounts.flatMap(({ domains }) => domains.map(domainName))
      : loaded.problems.map(({ path }) => path);
  };
  expect(await namesIn(both, 'acme')).toEqual(['www.example.com', 'api.example.com']);
  expect(await namesIn(alone, 'acme')).toEqual(['api.example.com']);
  expect(await namesIn(both)).toEqual(['accounts.other.domainsFile']);
});

test('a file that is wrong throughout is not read to its end', async () => {
  write('lists/acme.jsonl', '{}\n'.repeat(10_000));
  const { problems = [] } = await load();
  expect(problems).toHaveLength(101);
  expect(problems.at(-1)).toBe('lists/acme.jsonl: not read beyond line 100: too many problems');
});

test('of warnings about every line the first are shown, and how many there are', async () => {
  const hosts = Array.from({ length: 300 }, (_, at) => `{"host":"${at}.example.com"}\n`);
  write('lists/acme.jsonl', hosts.join(''));
  const { warnings = [] } = await load();
  expect(warnings).toHaveLength(101);
  expect(warnings.at(-1)).toBe('lists/acme.jsonl: 200 more warnings are not shown');
});

test('no line of any length is read', async () => {
  write('lists/acme.jsonl', `{"host":"api.example.com"}\n{"host":"${'a'.repeat(65_536)}"}\n`);
  expect(await load()).toEqual({
    problems: ['lists/acme.jsonl:2: expected at most 64 KB in a line, found more'],
  });
  configuration = write(
    'endless.yaml',
    'accounts: { acme: { contacts: [a@example.com], domainsFile: /dev/zero } }',
  );
  expect(await load()).toEqual({ problems: ['/dev/zero:1: expected at most 64 KB in a line, found more'] });
});

test('20,000 lines leave the event loop to others', async () => {
  const hosts = Array.from({ length: 20_000 }, (_, at) => `{"host":"${at}.example.com","pins":["${pin}"]}\n`);
  write('lists/acme.jsonl', hosts.join(''));
  let turns = 0;
  const others = setInterval(() => {
    turns += 1;
  }, 0);
  const { domains = [] } = await load();
  clearInterval(others);
  expect(domains).toHaveLength(20_000);
  // 64 KB at a time: 24 pieces.
  expect(turns).toBeGreaterThan(10);
});

test('a line means what JSON says, and a duplicate key is a problem at any depth', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 1, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent).replaceAll('\n', ' ');
      expect(parseJsonLine(bytes(text))).toEqual({ ok: true, value: JSON.parse(text) });
    }),
  );
  for (const text of ['{"a":1,"a":1}', '{ "a": { "b": 1, "b": 2 } }', '{"a":[{"b":1,"\\u0062":2}]}']) {
    expect(parseJsonLine(bytes(text)), text).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/^column \d+: duplicate key$/),
    });
  }
  for (const text of ['{', '{} {}', "{'a':1}", 'null,', '\u0000']) {
    expect(parseJsonLine(bytes(text)), text).toMatchObject({ ok: false });
  }
});
