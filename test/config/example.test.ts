import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { domainToASCII } from 'node:url';
import { expect, test } from 'vitest';
import { createRoot, selfSigned } from '../../lab/authority.ts';
import type { Config } from '../../src/config/config.ts';
import { parseDocumentText } from '../../src/config/document.ts';
import { keys } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type ParsedConfig, parseConfig } from '../../src/config/parse.ts';

const file = 'config/pinwatch.yaml';
const text = readFileSync(file, 'utf8');
const server = selfSigned({ names: ['pinwatch.example.com'] });
const root = createRoot().pem;
const named = new Map([
  ['mail-root.pem', root],
  ['dns-root.pem', root],
  ['server.pem', server.pem],
  ['server.key', server.keyPem],
  ['redis-root.pem', root],
  ['redis-client.pem', server.pem],
  ['redis-client.key', server.keyPem],
]);
const readAnchors = () => ({ anchors: 1, others: 0 });

function parse(yaml: string): ParsedConfig {
  const document = parseDocumentText(yaml);
  if (!document.ok) throw new Error(JSON.stringify(document.problems));
  return parseConfig(document.document, {
    file,
    workingDirectory: process.cwd(),
    environment: {
      OPS_KEY: 'a-key-of-the-webhook',
      REDIS_PASSWORD: 'secret',
      SENTINEL_PASSWORD: 'another',
      SMTP_PASSWORD: 'secret',
    },
    // The files that it names exist on no machine.
    readFile: (path) => ({ ok: true, value: new TextEncoder().encode(named.get(basename(path)) ?? '') }),
    readAnchors,
    toAscii: domainToASCII,
  });
}

function configOf(yaml: string): Config {
  const result = parse(yaml);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

/** A key without a space after its # can be set; a line with a space is text. */
const uncommented = text.replace(/^( *)#(?=[A-Za-z])/gm, '$1');
/** Of a value and the file that holds it, one may be given; of a key and a signer, too. */
const withoutFiles = uncommented
  .replace(/^ *(?:urlFile|smtpFile|proxyFile|signer|passwordFile|sentinelPasswordFile):.*\n/gm, '')
  .replace(/ (?:urlFile|keyFile): ops\.\w+,/g, '');
/** Of a URL and sentinels, one may be given. */
const withUrl = withoutFiles.replace(
  /^ *(?:sentinels|name|user|password|database|sentinelUser|sentinelPassword|sentinelTls): (?!pinwatch\.).*\n/gm,
  '',
);
const withSentinels = withoutFiles.replace(/^ *(?:url|cluster): .*\n/gm, '');

test('the example loads unchanged, and needs nothing from outside', async () => {
  const loaded = await loadConfig({ path: file, environment: {}, readAnchors });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  expect(loaded.config).toMatchObject({
    redis: { url: null },
    mail: { smtp: null },
    region: 'default',
    stateDir: resolve('var'),
  });
  expect(loaded.config.accounts.map(({ name, domains }) => [name, domains.map(({ host }) => host)])).toEqual([
    ['acme', ['api.example.com']],
  ]);
  // It watches nothing until somebody puts in values of their own.
  expect(loaded.warnings.map((warning) => warning.split(': ')[0])).toEqual([
    'mail.smtp',
    'accounts.acme.contacts',
    'accounts.acme',
  ]);
});

test('every key is in the example', () => {
  const document = parseDocumentText(uncommented);
  const { accounts, ...sections } = (document.ok ? document.document : {}) as Record<string, object>;
  const account = (
    accounts as {
      acme: { domains: object[]; pinSets: object[]; limits: object; channels: { quietHours: object }[] };
    }
  ).acme;
  const { tls } = sections.http as { tls: object };
  const { tls: redisTls } = sections.redis as { tls: object };
  const found = {
    root: { accounts, ...sections },
    ...sections,
    httpTls: tls,
    redisTls,
    account,
    limits: account.limits,
    pinSet: account.pinSets[0],
    channel: account.channels[0],
    quietHours: account.channels[0]?.quietHours,
    domain: account.domains[0],
    deliver: (account.domains[0] as { deliver: object }).deliver,
  };
  for (const [section, expected] of Object.entries(keys)) {
    expect(Object.keys(found[section as keyof typeof found] ?? {}).sort(), section).toEqual(
      [...expected].sort(),
    );
  }
});

test('it parses with every key set, and the defaults that it states are those of the code', () => {
  const stated = configOf(withUrl);
  const defaults = configOf('accounts: {}');
  expect(stated.redis.url).toBe('rediss://:secret@redis.example.com:6379/0');
  const client = { cert: server.pem, key: server.keyPem };
  expect(stated.redis.tls).toEqual({ ca: root, client, serverName: 'redis.example.com' });
  expect(stated.mail.smtp).toBe('smtps://pinwatch:secret@mail.example.com:465');
  expect(stated.network.allow).toEqual(['10.0.0.0/8', 'fd00::/8']);
  expect(stated.accounts[0]?.domains[0]).toMatchObject({
    port: 443,
    connect: ['192.0.2.10', '2001:db8::10'],
  });
  expect(stated.http.proxies).toEqual(['10.0.0.0/8']);
  expect(stated.http.tls).toEqual({ cert: server.pem, key: server.keyPem });
  expect(stated.mail).toMatchObject({ ca: root, name: 'pinwatch.example.com', tls: 'required' });
  expect(stated.publish).toMatchObject({
    directory: '/srv/pins',
    afterWrite: ['/usr/local/bin/purge'],
    urls: ['https://pins.example.com'],
    roots: [expect.stringMatching(/^sha256\//)],
  });
  expect(stated.probe).toMatchObject({
    resolvers: [{ kind: 'tls' }, { kind: 'https' }],
    resolverCa: root,
    proxy: { kind: 'http', host: 'proxy.example.net' },
  });
  // The keys without a default, or with one that depends on others.
  const { redis, network, publish, accounts } = defaults;
  expect({
    ...stated,
    ...{ redis, network, publish, accounts },
    http: { ...stated.http, tls: null, proxies: [] },
    probe: { ...stated.probe, resolvers: [], resolverCa: null, proxy: null },
    mail: { ...stated.mail, smtp: null, ca: null, name: null, tls: 'opportunistic' },
    publish: { ...stated.publish, keyDir: null, directory: null, afterWrite: null, urls: [], roots: [] },
    ...{ publicUrl: null, runbookUrl: null },
  }).toEqual(defaults);
});

test('it parses with sentinels in place of a URL', () => {
  const { redis } = configOf(withSentinels);
  const client = { cert: server.pem, key: server.keyPem };
  expect(redis).toEqual({
    url: null,
    cluster: false,
    sentinel: {
      addresses: ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((host) => ({ host, port: 26_379 })),
      name: 'mymaster',
      user: 'pinwatch',
      password: 'secret',
      database: 0,
      sentinelUser: 'pinwatch',
      sentinelPassword: 'another',
      sentinelTls: { ca: root, client, serverName: 'sentinel.example.com' },
    },
    tls: { ca: root, client, serverName: 'redis.example.com' },
  });
});

test('the files for secrets parse, too', () => {
  const files = uncommented
    .replace(/^ *(?:url|smtp|proxy|signer|sentinels|name|user|password|passwordFile|database):.*\n/gm, '')
    .replace(/^ *sentinel\w+:.*\n/gm, '')
    .replace(/ (?:url|key): "[^"]*",/g, '');
  expect(parse(files)).toMatchObject({
    problems: [
      { path: 'redis.urlFile', message: expect.stringContaining('the value is empty') },
      { path: 'mail.smtpFile', message: expect.stringContaining('the value is empty') },
      { path: 'probe.proxyFile', message: expect.stringContaining('the value is empty') },
      { path: 'accounts.acme.channels[0].urlFile' },
      { path: 'accounts.acme.channels[0].keyFile' },
    ],
  });
});

test('the ranges that it states are those of the code', () => {
  // Just outside: each is refused, with the range that the comment gives.
  const outside = withUrl
    .replace('interval: 15m', 'interval: 999ms')
    .replace('timeout: 10s', 'timeout: 6m')
    .replace('concurrency: 50', 'concurrency: 1001')
    .replace('addressesPerDomain: 8', 'addressesPerDomain: 65')
    .replace('confirmAfter: 2s', 'confirmAfter: 6m')
    .replace('fullHandshakeEvery: 96', 'fullHandshakeEvery: 0')
    .replace('groupWait: 30s', 'groupWait: 2h')
    .replace('groupInterval: 5m', 'groupInterval: 25h')
    .replace('remindEvery: 24h', 'remindEvery: 366d')
    .replace('expiringWithin: 14d', 'expiringWithin: 366d')
    .replace('backupPinEvery: 7d', 'backupPinEvery: 1ms')
    .replace('renewEvery: 24h', 'renewEvery: 59s')
    .replace('validFor: 14d', 'validFor: 299s')
    .replace('fieldFor: 30d', 'fieldFor: 3651d')
    .replace('watchEvery: 1m', 'watchEvery: 2h')
    .replace('probesPerMinute: 60', 'probesPerMinute: 0')
    .replace('changesPerMinute: 600', 'changesPerMinute: 0')
    .replace('connections: 2000', 'connections: 9');
  const result = parse(outside);
  const ranges = result.ok ? [] : result.problems.map(({ message }) => /from (\S+) to ([^,]+)/.exec(message));
  expect(ranges).toHaveLength(18);
  const prose = text.replaceAll('24h', '1d');
  for (const range of ranges) {
    const [, least, most] = range ?? [];
    expect(prose).toContain(least === '0s' ? `up to ${most}` : `from ${least} to ${most}`);
  }
});
