// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what the configuration replaces.
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { domainName } from '../../src/core/domain.ts';
import { configOf, domainOf, mailRoot, outside, pin } from './parsing.ts';

const httpDefaults = {
  host: '127.0.0.1',
  port: 9464,
  tls: null,
  adminToken: null,
  openMetrics: false,
  metricsDetail: 'all',
  proxies: [],
  basePath: '',
  probesPerMinute: 60,
  changesPerMinute: 600,
  connections: 2_000,
};

test('every default', () => {
  expect(configOf({})).toEqual({
    intervalMs: 900_000,
    region: 'default',
    stateDir: '/srv/var',
    redis: { url: null, cluster: false, sentinel: null, tls: null },
    http: httpDefaults,
    publicUrl: null,
    runbookUrl: null,
    mail: { smtp: null, from: 'pinwatch@localhost', ca: null, name: null, tls: 'opportunistic' },
    network: { allow: [] },
    probe: {
      timeoutMs: 10_000,
      dnsTimeoutMs: 10_000,
      connectTimeoutMs: 10_000,
      handshakeTimeoutMs: 10_000,
      concurrency: 50,
      keyTypes: ['ecdsa', 'rsa'],
      addressesPerDomain: 8,
      ...{ resolvers: [], resolverCa: null, proxy: null },
      confirmAfterMs: 2_000,
      fastPath: true,
      fullHandshakeEvery: 96,
    },
    platforms: ['android', 'ios'],
    notify: {
      groupWaitMs: 30_000,
      groupIntervalMs: 300_000,
      remindEveryMs: 86_400_000,
      unreachableAfter: 3,
      expiringWithinMs: 1_209_600_000,
      backupPinEveryMs: 604_800_000,
      digestEveryMs: 604_800_000,
    },
    publish: {
      ...{ keyDir: null, signer: null, directory: null, afterWrite: null, urls: [] },
      ...{
        watchEveryMs: 60_000,
        renewEveryMs: 86_400_000,
        validForMs: 1_209_600_000,
        fieldForMs: 2_592_000_000,
        roots: [],
      },
    },
    log: { level: 'info' },
    accounts: [],
  });
});

test('a section whose keys are all commented out is left out', () => {
  const sections = {
    redis: null,
    http: null,
    mail: null,
    network: null,
    probe: null,
    notify: null,
    publish: null,
    log: null,
  };
  expect(configOf(sections)).toEqual(configOf({}));
});

test('mail addresses of international domains, as A-labels', () => {
  const config = configOf({
    mail: { from: 'pinwatch@bücher.example' },
    accounts: { acme: { contacts: ['a@bücher.example'], domains: [] } },
  });
  expect(config.mail.from).toBe('pinwatch@xn--bcher-kva.example');
  expect(config.accounts[0]?.contacts).toEqual(['a@xn--bcher-kva.example']);
  // One mailbox, in two spellings.
  const contacts = ['a@bücher.example', 'a@xn--bcher-kva.example'];
  expect(parseConfig({ accounts: { acme: { contacts, domains: [] } } }, outside())).toMatchObject({
    problems: [{ message: expect.stringContaining('is already listed') }],
  });
});

test('every setting', () => {
  const config = configOf(
    {
      interval: '1s',
      region: 'eu-west',
      stateDir: '../state',
      redis: { urlFile: 'redis-url', cluster: false },
      http: {
        listen: '[::]:0',
        metrics: 'open',
        metricsDetail: 'problems',
        proxies: ['10.0.0.0/8', '::1'],
        basePath: '/pinwatch/',
        probesPerMinute: 1,
      },
      publicUrl: 'https://pinwatch.example.com/watch/',
      runbookUrl: 'https://wiki.example.com/?page=pinwatch',
      mail: {
        smtpFile: '/run/secrets/smtp',
        from: 'pinwatch@example.com',
        caFile: 'mail-root.pem',
        name: 'Watch.example.com',
        tls: 'opportunistic',
      },
      network: { allow: ['10.0.0.0/8', '192.0.2.1', 'FD00::/8', '::1'] },
      probe: {
        timeout: '5s',
        dnsTimeout: '1s',
        connectTimeout: '2s',
        concurrency: 1000,
        keyTypes: ['rsa'],
        addressesPerDomain: 1,
        confirmAfter: '0s',
        fastPath: false,
        fullHandshakeEvery: 1,
      },
      platforms: ['ios'],
      notify: {
        groupWait: '0s',
        groupInterval: '1m',
        remindEvery: '1h',
        unreachableAfter: 1,
        expiringWithin: '30d',
        backupPinEvery: '1d',
        digestEvery: '0s',
      },
      publish: {
        signer: ['sign', '--key', '${KEY_NAME}'],
        directory: '../pins',
        afterWrite: ['purge'],
        urls: ['https://pins.example.com/apps/'],
        renewEvery: '1h',
        watchEvery: '10s',
        validFor: '2h',
        fieldFor: '0s',
        roots: [`sha256/${'A'.repeat(43)}=`],
      },
      log: { level: 'debug' },
    },
    { KEY_NAME: 'pins' },
  );
  expect(config).toEqual({
    intervalMs: 1_000,
    region: 'eu-west',
    stateDir: '/srv/state',
    redis: { url: 'rediss://:secret@redis.example.com:6380/1', cluster: false, sentinel: null, tls: null },
    http: {
      ...httpDefaults,
      host: '::',
      port: 0,
      openMetrics: true,
      metricsDetail: 'problems',
      proxies: ['10.0.0.0/8', '::1/128'],
      basePath: '/pinwatch',
      probesPerMinute: 1,
    },
    publicUrl: 'https://pinwatch.example.com/watch',
    runbookUrl: 'https://wiki.example.com/?page=pinwatch',
    mail: {
      smtp: 'smtps://u:p%40ss@mail.example.com',
      from: 'pinwatch@example.com',
      ca: mailRoot,
      name: 'watch.example.com',
      tls: 'opportunistic',
    },
    network: { allow: ['10.0.0.0/8', '192.0.2.1/32', 'fd00::/8', '::1/128'] },
    probe: {
      timeoutMs: 5_000,
      dnsTimeoutMs: 1_000,
      connectTimeoutMs: 2_000,
      handshakeTimeoutMs: 5_000,
      concurrency: 1_000,
      keyTypes: ['rsa'],
      addressesPerDomain: 1,
      ...{ resolvers: [], resolverCa: null, proxy: null },
      confirmAfterMs: 0,
      fastPath: false,
      fullHandshakeEvery: 1,
    },
    platforms: ['ios'],
    notify: {
      groupWaitMs: 0,
      groupIntervalMs: 60_000,
      remindEveryMs: 3_600_000,
      unreachableAfter: 1,
      expiringWithinMs: 2_592_000_000,
      backupPinEveryMs: 86_400_000,
      digestEveryMs: 0,
    },
    publish: {
      keyDir: null,
      signer: ['sign', '--key', 'pins'],
      directory: '/srv/pins',
      afterWrite: ['purge'],
      urls: ['https://pins.example.com/apps'],
      renewEveryMs: 3_600_000,
      watchEveryMs: 10_000,
      validForMs: 7_200_000,
      fieldForMs: 0,
      roots: [`sha256/${'A'.repeat(43)}=`],
    },
    log: { level: 'debug' },
    accounts: [],
  });
});

test.each([
  ['127.0.0.1:9464', '127.0.0.1', 9464],
  [':9464', '::', 9464],
  ['[::1]:1', '::1', 1],
  ['localhost:65535', 'localhost', 65535],
])('listens on %s', (listen, host, port) => {
  expect(configOf({ http: { listen } }).http).toEqual({ ...httpDefaults, host, port });
});

test.each(['redis://redis.example.com', 'rediss://u:p@redis.example.com:6380/', 'redis://[::1]/0'])(
  'takes %s for a node of a cluster if configured',
  (url) => {
    expect(configOf({ redis: { url, cluster: true } }).redis).toMatchObject({ url, cluster: true });
    const environment = { REDIS_URL: url, IS_CLUSTER: 'true' };
    expect(configOf({ redis: { cluster: '${IS_CLUSTER}' } }, environment).redis.cluster).toBe(true);
  },
);

describe('domains', () => {
  test('are read with every key', () => {
    const domain = domainOf({
      host: 'API.example.com:8443',
      port: 8443,
      pins: [pin.slice(7)],
      connect: ['2001:DB8::1'],
      keyTypes: ['rsa', 'eddsa', 'ecdsa'],
      alpn: ['http/1.1', 'h2'],
      platforms: ['android'],
      deliver: { mode: 'observe' },
    });
    expect(domain).toEqual({
      host: 'api.example.com',
      port: 8443,
      pins: [pin],
      connect: ['2001:db8::1'],
      keyTypes: ['rsa', 'eddsa', 'ecdsa'],
      alpn: ['http/1.1', 'h2'],
      platforms: ['android'],
      deliver: { mode: 'observe', sub: false },
      provisionedBy: 'config/pinwatch.yaml',
    });
  });

  test('may leave ALPN and the rules of platforms out; so may an account', () => {
    expect(domainOf({ host: 'a.example', deliver: 'off,sub' })).toMatchObject({
      deliver: { mode: 'off', sub: true },
    });
    expect(domainOf({ host: 'a.example', alpn: [], platforms: [] })).toMatchObject({
      alpn: [],
      platforms: [],
    });
    const acme = { contacts: ['a@example.com'], platforms: [], domains: [] };
    expect(configOf({ platforms: [], accounts: { acme } })).toMatchObject({
      platforms: [],
      accounts: [{ name: 'acme', platforms: [] }],
    });
  });

  test('may have their port in a separate key', () => {
    expect(domainOf({ host: '2001:db8::1', port: 8443 })).toMatchObject({ host: '2001:db8::1', port: 8443 });
  });

  test('may be in two accounts, and twice in one with different ports', () => {
    const account = {
      contacts: ['a@example.com'],
      domains: [{ host: 'a.example' }, { host: 'a.example:8443' }],
    };
    const { accounts } = configOf({ accounts: { one: account, two: account } });
    expect(accounts.map(({ name, domains }) => [name, domains.map(domainName)])).toEqual([
      ['one', ['a.example', 'a.example:8443']],
      ['two', ['a.example', 'a.example:8443']],
    ]);
  });
});

describe('the environment', () => {
  test('replaces ${NAME} in any string', () => {
    const environment = {
      HOST: 'api.example.com',
      PORT: '8443',
      PIN: pin,
      LISTEN: '9000',
      LEVEL: 'warn',
      EVERY: '1h',
    };
    const config = configOf(
      {
        interval: '${EVERY}',
        http: { listen: '127.0.0.1:${LISTEN}' },
        log: { level: '${LEVEL}' },
        probe: { concurrency: '${LISTEN}'.replace('LISTEN', 'TEN') },
      },
      { ...environment, TEN: '10' },
    );
    expect(config).toMatchObject({
      intervalMs: 3_600_000,
      http: { port: 9000 },
      log: { level: 'warn' },
      probe: { concurrency: 10 },
    });
    expect(domainOf({ host: '${HOST}', port: '${PORT}', pins: ['${PIN}'] }, environment)).toMatchObject({
      host: 'api.example.com',
      port: 8443,
      pins: [pin],
    });
  });

  test('is not used for $${NAME}, nor within values that came from it', () => {
    const url = (text: string, environment = {}) => configOf({ redis: { url: text } }, environment).redis.url;
    expect(url('redis://:$${A}@redis.example.com')).toBe('redis://:${A}@redis.example.com');
    expect(url('redis://:${A}@redis.example.com', { A: '${B}' })).toBe('redis://:${B}@redis.example.com');
    expect(url('redis://:a$b@redis.example.com')).toBe('redis://:a$b@redis.example.com');
  });

  test('gives the region if the file gives none', () => {
    expect(configOf({}).region).toBe('default');
    expect(configOf({}, { PINWATCH_REGION: '' }).region).toBe('default');
    expect(configOf({}, { PINWATCH_REGION: 'eu-west' }).region).toBe('eu-west');
    expect(configOf({ region: 'us-east' }, { PINWATCH_REGION: 'eu-west' }).region).toBe('us-east');
  });

  test('gives REDIS_URL if the file gives no URL', () => {
    const environment = { REDIS_URL: 'unix:///run/redis.sock' };
    expect(configOf({}, environment).redis.url).toBe('unix:///run/redis.sock');
    expect(configOf({}, { REDIS_URL: '' }).redis.url).toBeNull();
    const document = { accounts: {}, redis: { url: 'redis://redis.example.com' } };
    expect(parseConfig(document, outside(environment))).toMatchObject({
      config: { redis: { url: 'redis://redis.example.com' } },
      warnings: [
        { path: 'redis', message: 'REDIS_URL is set in the environment as well: the file takes precedence' },
      ],
    });
    expect(parseConfig({ accounts: {} }, outside({ REDIS_URL: 'http://:hunter2@example.com' }))).toEqual({
      ok: false,
      problems: [
        {
          path: 'REDIS_URL',
          message:
            'expected a redis://, rediss:// or unix:// URL: the value has another scheme (not shown, it may hold a password)',
        },
      ],
    });
  });
});

describe('mail', () => {
  const from = 'pinwatch@example.com';
  const mailOf = (mail: object) => configOf({ mail: { from, ...mail } }).mail;
  const warningsOf = (mail: object) => {
    const result = parseConfig({ accounts: {}, mail: { from, ...mail } }, outside());
    return result.ok ? result.warnings.map(({ path }) => path) : result.problems;
  };

  test('requires TLS if a password would be sent, unless configured otherwise', () => {
    expect(mailOf({ smtp: 'smtp://mail.example.com' }).tls).toBe('opportunistic');
    expect(mailOf({ smtp: 'smtp://u:p@mail.example.com' }).tls).toBe('required');
    expect(mailOf({ smtp: 'smtps://u:p@mail.example.com' }).tls).toBe('required');
    expect(mailOf({ smtp: 'smtp://mail.example.com', tls: 'required' }).tls).toBe('required');
    expect(mailOf({ smtp: 'smtp://u:p@mail.example.com', tls: 'opportunistic' }).tls).toBe('opportunistic');
  });

  test('warns about a password that may be sent in the clear', () => {
    const tls = 'opportunistic';
    expect(warningsOf({ smtp: 'smtp://u:p@mail.example.com', tls })).toEqual(['mail.tls']);
    expect(warningsOf({ smtp: 'smtp://u:p@mail.example.com' })).toEqual([]);
    expect(warningsOf({ smtp: 'smtps://u:p@mail.example.com', tls })).toEqual([]);
    expect(warningsOf({ smtp: 'smtp://mail.example.com', tls })).toEqual([]);
  });

  test('takes a name or an address literal for EHLO', () => {
    expect(mailOf({ name: '[192.0.2.1]' }).name).toBe('[192.0.2.1]');
    expect(mailOf({ name: '[IPv6:2001:DB8::1]' }).name).toBe('[IPv6:2001:db8::1]');
  });
});

test('the status of an account is public only if its file says so', () => {
  const accountOf = (settings: object) =>
    configOf({ accounts: { acme: { contacts: ['a@example.com'], domains: [], ...settings } } }).accounts[0];
  expect(accountOf({ publicStatus: true })?.publicStatus).toBe(true);
  for (const settings of [{}, { publicStatus: false }]) {
    expect(accountOf(settings)).not.toHaveProperty('publicStatus');
  }
});
