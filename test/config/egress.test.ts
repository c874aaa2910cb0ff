import { describe, expect, test } from 'vitest';
import { nameServerExpected } from '../../src/config/name-servers.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { configOf, outside } from './parsing.ts';

function problemsOf(document: object): string[] {
  const result = parseConfig({ accounts: {}, ...document }, outside());
  return result.ok ? [] : result.problems.map(({ path, message }) => `${path}: ${message}`);
}

const probe = (settings: object) => ({ probe: settings });

describe('name servers', () => {
  test('in the clear', () => {
    const resolvers = ['192.0.2.53', '192.0.2.53:5353', '2001:db8::53', '[2001:DB8::53]:54'];
    expect(configOf(probe({ resolvers })).probe.resolvers).toEqual([
      { kind: 'dns', address: '192.0.2.53', port: 53 },
      { kind: 'dns', address: '192.0.2.53', port: 5353 },
      { kind: 'dns', address: '2001:db8::53', port: 53 },
      { kind: 'dns', address: '2001:db8::53', port: 54 },
    ]);
  });

  test('encrypted', () => {
    const resolvers = [
      'tls://DNS.example.net',
      'tls://[2001:db8::53]:8853',
      'https://dns.example.net:8443/dns-query',
    ];
    expect(configOf(probe({ resolvers })).probe.resolvers).toEqual([
      { kind: 'tls', host: 'dns.example.net', port: 853 },
      { kind: 'tls', host: '2001:db8::53', port: 8853 },
      { kind: 'https', url: 'https://dns.example.net:8443/dns-query' },
    ]);
  });

  test.each([
    'dns.example.net',
    'udp://192.0.2.53',
    'http://dns.example.net/dns-query',
    'https://dns.example.net/dns-query{?dns}',
    '192.0.2.53:0',
    'tls://',
    '',
  ])('not %j', (text) => {
    expect(problemsOf(probe({ resolvers: [text] }))).toEqual([
      `probe.resolvers[0]: expected ${nameServerExpected}, found ${JSON.stringify(text)}`,
    ]);
  });

  test.each(['https://user:word@dns.example.net/', 'tls://user:word@dns.example.net'])(
    'not %s, whose password is not shown',
    (text) => {
      expect(problemsOf(probe({ resolvers: [text] }))).toEqual([
        `probe.resolvers[0]: expected ${nameServerExpected}, found a user (not shown, it may hold a password)`,
      ]);
    },
  );

  test('not both', () => {
    const [problem] = problemsOf(probe({ resolvers: ['192.0.2.53', 'tls://192.0.2.53'] }));
    expect(problem).toMatch(
      /^probe\.resolvers: expected name servers in the clear or encrypted ones, not both/,
    );
  });
});

describe('the proxy', () => {
  const long = 'x'.repeat(256);
  test.each([
    [`socks5://${long}:s3cret@h`, 'a user and a password of 1 to 255 bytes (RFC 1929)'],
    [`socks5://me:${long}@h`, 'a user and a password of 1 to 255 bytes (RFC 1929)'],
    ['socks5://me@h', 'a user and a password of 1 to 255 bytes (RFC 1929)'],
    ['http://m%3Ae:s3cret@h', 'a user without a colon'],
    ['http://me:s3cret%0A@h', 'a user and a password without control characters'],
  ])('has credentials that can be sent: %s', (proxy, expected) => {
    expect(problemsOf(probe({ proxy }))).toEqual([`probe.proxy: expected ${expected} (not shown)`]);
  });

  test.each([
    [
      'http://proxy.example.net:3128',
      { kind: 'http', host: 'proxy.example.net', port: 3128, credentials: null },
    ],
    [
      'socks5://me:w%40rd@[2001:db8::1]',
      {
        ...{ kind: 'socks5', host: '2001:db8::1', port: 1080 },
        credentials: { user: 'me', password: 'w@rd' },
      },
    ],
  ])('%s', (proxy, expected) => {
    expect(configOf(probe({ proxy })).probe.proxy).toEqual(expected);
  });

  test.each(['https://proxy.example.net', 'socks4://h', 'http://me:s3cret@h/path', 'proxy:3128'])(
    'not %s, which is not shown',
    (proxy) => {
      const problems = problemsOf(probe({ proxy }));
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(/^probe\.proxy: expected an http:\/\/ or socks5:\/\/ URL/);
      expect(problems[0]).not.toContain('s3cret');
    },
  );
});
