import { type Parsed, parsed, refused } from '../core/parsed.ts';
import { quote } from '../core/quote.ts';
import { parseTarget } from '../core/target.ts';
import { caReader } from './accounts.ts';
import type { RedisSettings, SentinelSettings } from './config.ts';
import { keys } from './keys.ts';
import type { Outside } from './outside.ts';
import type { Place, Reader } from './reader.ts';
import { readRedisTls } from './redis-tls.ts';
import { isLeftOut, readSecret, type SecretPlaces } from './secret.ts';
import { checkUrl, readSecretUrl, type UrlKind } from './secret-url.ts';

type RedisPlaces = Readonly<Record<(typeof keys.redis)[number], Place>>;

/** Whether the configuration names a Redis; if not, `run` starts its own. */
export function namesRedis({ url, sentinel }: RedisSettings): boolean {
  return url !== null || sentinel !== null;
}

export function readRedis(reader: Reader, place: Place, outside: Outside): RedisSettings {
  const at = reader.section(place, keys.redis);
  return at.sentinels.raw === undefined ? readByUrl(reader, at, outside) : bySentinels(reader, at, outside);
}

const redisUrl: UrlKind = {
  expected: 'a redis://, rediss:// or unix:// URL',
  schemes: ['redis:', 'rediss:', 'unix:'],
  path: {
    pattern: /^\/?(?:0|[1-9]\d{0,4})?$/,
    problem: 'the value has a path that is not a database number',
  },
};

/** Keys that make sense with sentinels only, and those whose value is in a URL otherwise. */
const sentinelKeys = [
  'name',
  'sentinelUser',
  'sentinelPassword',
  'sentinelPasswordFile',
  'sentinelTls',
] as const;
const loginKeys = ['user', 'password', 'passwordFile', 'database'] as const;

function readByUrl(reader: Reader, at: RedisPlaces, outside: Outside): RedisSettings {
  const url = readRedisUrl(reader, at.url, at.urlFile, outside);
  const isCluster = reader.flag(at.cluster, false);
  const isWritten = at.url.raw !== undefined || at.urlFile.raw !== undefined;
  if (isCluster && url === null && !isWritten) {
    reader.fail(at.cluster.path, 'expected redis.url too, with a node of the cluster; found none');
  } else if (isCluster && url !== null && !isClusterUrl(url)) {
    const expected =
      'a redis:// or rediss:// URL without a database in redis.url, because a cluster has only one';
    reader.fail(at.cluster.path, `expected ${expected}`);
  }
  for (const { raw, path } of sentinelKeys.map((key) => at[key])) {
    if (raw !== undefined) reader.fail(path, 'expected redis.sentinels too, found none');
  }
  for (const { raw, path } of loginKeys.map((key) => at[key])) {
    if (raw !== undefined)
      reader.fail(path, 'this key is for redis.sentinels only: with redis.url, put it into the URL');
  }
  const tls = readRedisTls(reader, at.tls, caReader(reader, outside), outside);
  if (tls !== null && url === null && !isWritten) {
    reader.fail(at.tls.path, 'expected redis.url or redis.sentinels too, found neither');
  } else if (tls !== null && url !== null && new URL(url).protocol !== 'rediss:') {
    reader.fail(at.tls.path, 'expected a rediss:// URL in redis.url, found one without TLS');
  }
  return { url, cluster: isCluster, sentinel: null, tls };
}

function isClusterUrl(text: string): boolean {
  const { protocol, pathname } = new URL(text);
  return protocol !== 'unix:' && ['', '/', '/0'].includes(pathname);
}

const precedence = 'REDIS_URL is set in the environment as well: the file takes precedence';

function readRedisUrl(reader: Reader, url: Place, urlFile: Place, outside: Outside): string | null {
  // Compose files turn an unset variable into an empty one.
  const fromEnvironment = outside.environment.REDIS_URL || undefined;
  if (url.raw === undefined && urlFile.raw === undefined) {
    if (fromEnvironment === undefined) return null;
    return checkUrl(reader, 'REDIS_URL', fromEnvironment, redisUrl) ?? null;
  }
  const value = readSecretUrl(reader, { url, file: urlFile }, redisUrl, outside) ?? null;
  if (fromEnvironment !== undefined && fromEnvironment !== value) reader.warn('redis', precedence);
  return value;
}

const mostSentinels = 100;
const sentinelPort = 26_379;
const sentinelExpected = `a sentinel as host:port, or a host if the port is ${sentinelPort}`;
const masterExpected = "the master's name as the sentinels have it, such as mymaster";
const userExpected = 'a user name without white space';
const passwordExpected = 'a password without control characters';

function bySentinels(reader: Reader, at: RedisPlaces, outside: Outside): RedisSettings {
  for (const { raw, path } of [at.url, at.urlFile]) {
    if (raw !== undefined) reader.fail(path, 'redis.sentinels is given as well: keep one of the two');
  }
  if (reader.flag(at.cluster, false)) {
    reader.fail(at.cluster.path, 'redis.sentinels is given as well, and a Redis Cluster has none');
  }
  if (outside.environment.REDIS_URL) reader.warn('redis', precedence);
  const readCa = caReader(reader, outside);
  const tls = readRedisTls(reader, at.tls, readCa, outside);
  if (at.name.raw === undefined) reader.expected(at.name, masterExpected);
  const sentinel: SentinelSettings = {
    addresses: readAddresses(reader, at.sentinels, outside),
    name: reader.parse(at.name, masterExpected, parseMasterName) ?? '',
    ...readLogin(reader, at.user, { given: at.password, file: at.passwordFile }, outside),
    database: reader.integer(at.database, [0, 99_999], 0),
    ...forSentinels(
      readLogin(
        reader,
        at.sentinelUser,
        { given: at.sentinelPassword, file: at.sentinelPasswordFile },
        outside,
      ),
    ),
    // As for Redis unless set otherwise: a password for the sentinels must not travel in the clear by an oversight.
    sentinelTls:
      at.sentinelTls.raw === undefined
        ? tls
        : at.sentinelTls.raw === false
          ? null
          : readRedisTls(reader, at.sentinelTls, readCa, outside),
  };
  return { url: null, cluster: false, sentinel, tls };
}

function readAddresses(reader: Reader, place: Place, { toAscii }: Outside): SentinelSettings['addresses'] {
  const places = reader.list(place, 'sentinels', mostSentinels);
  if (Array.isArray(place.raw) && places.length === 0 && place.raw.length === 0) {
    reader.fail(place.path, `expected at least one sentinel, found none`);
  }
  if (place.raw === null) reader.expected(place, 'a list of sentinels');
  const found = new Map<string, SentinelSettings['addresses'][number]>();
  reader.distinct(places, (entry) => {
    if (typeof entry.raw !== 'string') return reader.expected(entry, sentinelExpected);
    if (entry.raw.includes('@') || entry.raw.includes('://')) {
      const found = 'found a URL or a user (not shown, it may hold a password)';
      return reader.fail(entry.path, `expected ${sentinelExpected}, ${found}`);
    }
    const target = reader.parse(entry, sentinelExpected, (text) => parseTarget(text, toAscii, sentinelPort));
    if (target === undefined) return undefined;
    const name = `${target.host} ${target.port}`;
    found.set(name, target);
    return name;
  });
  return [...found.values()];
}

/** What Sentinel itself accepts as a name. */
function parseMasterName(text: string): Parsed<string> {
  if (/^[A-Za-z0-9._-]{1,200}$/.test(text)) return parsed(text);
  return refused(`expected ${masterExpected}, found ${quote(text)}`);
}

interface Login {
  readonly user: string | null;
  readonly password: string | null;
}

function readLogin(reader: Reader, user: Place, password: SecretPlaces, outside: Outside): Login {
  const isWithout = isLeftOut(password);
  if (user.raw !== undefined && isWithout) {
    reader.fail(user.path, `expected ${password.given.path} or ${password.file.path} too, found neither`);
  }
  return {
    user: reader.parse(user, userExpected, parseUser) ?? null,
    password: isWithout
      ? null
      : (readSecret(reader, password, passwordExpected, parsePassword, outside) ?? null),
  };
}

const forSentinels = ({ user, password }: Login) => ({ sentinelUser: user, sentinelPassword: password });

function parseUser(text: string): Parsed<string> {
  if (/^[^\s\p{Cc}]+$/u.test(text)) return parsed(text);
  return refused(`expected ${userExpected}, found ${quote(text)}`);
}

/** The problem never shows the value. */
function parsePassword(text: string): Parsed<string> {
  return /^\P{Cc}+$/u.test(text) ? parsed(text) : refused(`expected ${passwordExpected} (not shown)`);
}
