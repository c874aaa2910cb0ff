// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what the configuration replaces.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseListener } from '../../src/config/listener.ts';
import { loadListener } from '../../src/config/load.ts';

const listenerOf = (yaml: string, environment = {}) => {
  const result = parseListener(yaml, environment);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const { host, port, isTls } = result.listener;
  return `${isTls ? 'https' : 'http'} ${host} ${port}`;
};

test.each([
  ['no section', 'accounts: {}', 'http 127.0.0.1 9464'],
  ['an empty section', 'http:\naccounts: {}', 'http 127.0.0.1 9464'],
  ['the default with TLS', 'http: { tls: { certFile: a, keyFile: b } }', 'https 127.0.0.1 9464'],
  ['all addresses', 'http: { listen: 0.0.0.0:8080 }', 'http 0.0.0.0 8080'],
  ['all addresses of both families', 'http: { listen: :8080 }', 'http :: 8080'],
  ['IPv6', "http: { listen: '[::1]:8080' }", 'http ::1 8080'],
  ['a name', 'http: { listen: localhost:8080 }', 'http localhost 8080'],
  ['the environment', 'http: { listen: "127.0.0.1:${PORT}" }', 'http 127.0.0.1 8080'],
  ['lines', 'accounts: {}\nhttp:\n  # text\n\n# text\n  listen: :8080\nlog: {}\n', 'http :: 8080'],
  ['lines that end as on Windows', 'http:\r\n  listen: :8080\r\nlog: {}\r\n', 'http :: 8080'],
  ['a document that starts', '---\nhttp: { listen: :8080 }\n...\n', 'http :: 8080'],
  ['one flow map', '{ accounts: {}, http: { listen: :8080 } }', 'http :: 8080'],
  ['one flow map over lines', '{\n"http": {\n"listen": ":8080" } }', 'http :: 8080'],
  ['one that follows the start', '--- { http: { listen: :8080 } }', 'http :: 8080'],
  ['a quoted key', '"http": { listen: :8080 }', 'http :: 8080'],
  ['a key with a space', 'http : { listen: :8080 }', 'http :: 8080'],
  ['an indented file', '  accounts: {}\n  http: { listen: :8080 }', 'http :: 8080'],
  ['an alias', 'x-a: &a :8080\nhttp: { listen: *a }', 'http :: 8080'],
  ['a section by alias', 'x-a: &a { listen: :8080, tls: {} }\nhttp: *a', 'https :: 8080'],
  ['a merge', 'x-a: &a { listen: :8080 }\nhttp: { <<: *a }', 'http :: 8080'],
  ['a file merged', 'x-a: &a { http: { listen: :8080 } }\n<<: *a', 'http :: 8080'],
  ['a text that looks like it', 'x-a: |\n  http: { listen: :1 }\nhttp: { listen: :8080 }', 'http :: 8080'],
])('%s says where', (_, yaml, expected) => {
  expect(listenerOf(yaml, { PORT: '8080' })).toBe(expected);
});

test('nothing else in the file matters', () => {
  const yaml = 'interval: soon\nhttp: { listen: :8080, colour: red }\nredis: { url: "${NOT_SET}" }\n';
  expect(listenerOf(yaml)).toBe('http :: 8080');
});

test.each([
  ['http: { listen: 8080 }', 'http.listen', /^expected host:port such as/],
  [
    'http: { listen: "127.0.0.1:${NOT_SET}" }',
    'http.listen',
    /^the environment variable NOT_SET is not set$/,
  ],
  ['http: { listen: 127.0.0.1:0 }', 'http.listen', /^expected a fixed port, found 0/],
  ['http: [', '', /^line 1, column/],
])('%s is a problem', (yaml, path, message) => {
  expect(parseListener(yaml, {})).toEqual({
    ok: false,
    problems: [expect.objectContaining({ path, message: expect.stringMatching(message) })],
  });
});

test('the file is the one that a start would take', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pinwatch-listener-'));
  const file = join(folder, 'pinwatch.yaml');
  writeFileSync(file, 'http: { listen: :8080 }\n');
  expect(loadListener(undefined, { PINWATCH_CONFIG: file })).toMatchObject({
    ok: true,
    listener: { port: 8080 },
  });
  expect(loadListener(file, { PINWATCH_CONFIG: '/nowhere' })).toMatchObject({ ok: true, file });
  rmSync(folder, { recursive: true });
  expect(loadListener(file, {})).toEqual({
    ok: false,
    file,
    problems: [{ path: '', message: 'cannot be read: no such file (ENOENT)' }],
  });
});
