// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what the configuration replaces.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ParsedConfig, parseConfig } from '../../src/config/parse.ts';
import { readAccess } from '../../src/config/profile.ts';
import { outside } from './parsing.ts';

const settings = {
  'redis.url': { redis: { url: 'redis://pinwatch:${SECRET}@redis.example.com:6379/0' } },
  'redis.url of a cluster': {
    redis: { url: 'rediss://pinwatch:${SECRET}@redis.example.com', cluster: true },
  },
  REDIS_URL: {},
  'mail.smtp': { mail: { smtp: 'smtps://pinwatch:${SECRET}@mail.example.com:465', from: 'a@example.com' } },
};

function parse(document: object, secret: string): ParsedConfig {
  const environment = {
    SECRET: secret,
    ...('redis' in document ? {} : { REDIS_URL: `redis://pinwatch:${secret}@redis.example.com:6379/0` }),
  };
  return parseConfig(
    { accounts: {}, ...document },
    outside('mail' in document ? { SECRET: secret } : environment),
  );
}

describe.each(Object.entries(settings))('a password that is not percent-encoded in %s', (_, document) => {
  test.each([
    '/hunter2',
    '12/hunter2',
    '12/3',
    '#hunter2',
    '?hunter2',
    '12#hunter2',
    '12?hunter2',
    'hunter2/',
    'hunter2#',
    'hunter2?',
    'p@ss/hunter2',
    '/@hunter2',
    '%hunter2',
    ' hunter2',
  ])('is refused: %s', (secret) => {
    const result = parse(document, secret);
    const problems = result.ok ? [] : result.problems.map(({ message }) => message);
    expect(problems).toEqual([expect.stringMatching(/percent-encoded|white space/)]);
    expect(problems.join()).not.toContain('hunter2');
  });

  test('of any characters is refused, or arrives unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (secret) => {
        const result = parse(document, secret);
        if (!result.ok) return;
        const { hostname, password } = new URL(result.config.redis.url ?? result.config.mail.smtp ?? '');
        expect(hostname).toMatch(/^(?:redis|mail)\.example\.com$/);
        // It is unknown whether %41 stands for itself or for A.
        if (!secret.includes('%')) expect(decodeURIComponent(password)).toBe(secret);
      }),
    );
  });
});

describe('a URL with a part that is not used', () => {
  const withUrl = (url: string) => parse({ redis: { url } }, '');
  test.each([
    ['redis://redis.example.com/prod', 'the value has a path that is not a database number'],
    ['redis://redis.example.com/01', 'the value has a path that is not a database number'],
    ['redis://redis.example.com/0/1', 'the value has a path that is not a database number'],
    ['redis://redis.example.com/0?family=6', 'the value has a query or fragment, which is not used'],
    ['redis://redis.example.com?', 'the value has a query or fragment, which is not used'],
    ['rediss://redis.example.com/#', 'the value has a query or fragment, which is not used'],
    ['unix:///run/redis.sock?db=1', 'the value has a query or fragment, which is not used'],
    ['unix:///run/%zz.sock', 'characters such as'],
    ['unix://run/redis.sock', 'the value is not of the form unix:///run/redis.sock'],
    ['unix:run/redis.sock', 'the value is not of the form unix:///run/redis.sock'],
    ['unix://:hunter2@/run/redis.sock', 'the value is not a URL'],
    ['unix:///', 'the value names no path'],
    ['redis://rédis.example.com', 'the host in the value is not a host name'],
    ['redis://redis.example.com:0', 'the value has port 0'],
  ])('is refused: %s', (url, problem) => {
    expect(withUrl(url)).toEqual({
      ok: false,
      problems: [{ path: 'redis.url', message: expect.stringContaining(`unix:// URL: ${problem}`) }],
    });
  });

  test.each([
    'smtp://mail.example.com/inbox',
    'smtp://mail.example.com/0',
    'smtp://mail.example.com?pool=true',
    'smtps://mail.example.com#a',
    // Nobody logs in without a user: the password would be left out without a word.
    'smtp://:hunter2@mail.example.com',
    'smtps://:hunter2@mail.example.com',
  ])('is refused for mail: %s', (smtp) => {
    const result = parse({ mail: { smtp, from: 'a@example.com' } }, '');
    expect(result).toMatchObject({ ok: false });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  test.each([
    'redis://redis.example.com',
    'redis://redis.example.com/',
    'redis://redis.example.com/15',
    'rediss://:p%2Fw%23@[2001:db8::1]:6380/0',
    'unix:///run/redis.sock',
    'unix:/run/a%23b.sock',
  ])('others are accepted: %s', (url) => {
    expect(withUrl(url)).toMatchObject({ config: { redis: { url } } });
  });
});

describe.each(['publicUrl', 'runbookUrl'])('%s, which stands in each mail,', (key) => {
  const withUrl = (url: string) => parse({ [key]: url }, '');
  test.each([
    'https://pinwatch:hunter2@example.com',
    'https://pinwatch:/hunter2@example.com',
    'https://pinwatch:hunter/2@example.com',
    'https://pinwatch:12/hunter2@example.com/runbook',
    'https://pinwatch:12#hunter2@example.com',
    'https://pinwatch:12?hunter2@example.com',
  ])('is refused with a password in it, and does not show it: %s', (url) => {
    const result = withUrl(url);
    const problems = result.ok ? [] : result.problems.map(({ message }) => message);
    expect(problems).toEqual([expect.stringMatching(/without a user and password \(not shown\)$/)]);
  });

  test.each(['https://example.com:8443/', 'https://wiki.example.com/@ops/runbook'])('is taken: %s', (url) => {
    expect(withUrl(url)).toMatchObject({ ok: true });
  });
});

test.each(['http://pinwatch:/hunter2@example.com', 'http://pinwatch:12/hunter2@example.com', 'https://a/?b'])(
  'PINWATCH_URL is refused as well: %s',
  (url) => {
    const access = readAccess({
      ...{ path: '', noColour: true, config: undefined, profile: '/nowhere', isProfileNamed: false },
      ...{ url, token: 'token' },
    });
    expect(access).toEqual({
      ok: false,
      problem:
        'PINWATCH_URL: expected the URL of the API, such as http://127.0.0.1:9464, without user, password, query and fragment',
    });
  },
);
