import { type Parsed, refused } from '../core/parsed.ts';
import { parsePathPrefix, pathPrefixExpected } from '../core/path-prefix.ts';
import { quote } from '../core/quote.ts';
import { cidrExpected, parseCidr } from './cidr.ts';
import type { Config } from './config.ts';
import { readKeyPair } from './key-pair.ts';
import { keys } from './keys.ts';
import { listenExpected, parseListen } from './listen.ts';
import type { Outside } from './outside.ts';
import { isMap, type Place, type Reader } from './reader.ts';

/** Shorter ones can be guessed; what `pinwatch token create` makes has 43 random characters. */
const shortestToken = 24;

export function readHttp(reader: Reader, place: Place, outside: Outside): Config['http'] {
  const http = reader.section(place, keys.http);
  return {
    ...readListen(reader, http.listen),
    tls: readTls(reader, http.tls, outside),
    adminToken: readAdminToken(reader, outside),
    openMetrics: reader.choice(http.metrics, ['open', 'token']) === 'open',
    metricsDetail: reader.choice(http.metricsDetail, ['all', 'problems']) ?? 'all',
    proxies: reader.distinct(reader.list(http.proxies, 'address blocks', 1_000), (entry) =>
      reader.parse(entry, cidrExpected, parseCidr),
    ),
    basePath: reader.parse(http.basePath, pathPrefixExpected, parseBasePath) ?? '',
    probesPerMinute: reader.integer(http.probesPerMinute, [1, 100_000], 60),
    changesPerMinute: reader.integer(http.changesPerMinute, [1, 100_000], 600),
    connections: reader.integer(http.connections, [10, 100_000], 2_000),
  };
}

export function readListen(reader: Reader, place: Place): Pick<Config['http'], 'host' | 'port'> {
  return reader.parse(place, listenExpected, parseListen) ?? { host: '127.0.0.1', port: 9464 };
}

/** Served at the root: a base path that starts with one of these would be ambiguous. */
const served = [
  'accounts',
  'assets',
  'c',
  'healthz',
  'metrics',
  'public',
  'queues',
  'readyz',
  'sign-in',
  'sign-out',
  'v1',
];

function parseBasePath(text: string): Parsed<string> {
  const path = parsePathPrefix(text);
  const [, first = ''] = path.ok ? path.value.split('/') : [];
  if (!served.includes(first)) return path;
  return refused(`expected a path other than /${first}, which pinwatch serves itself, found ${quote(text)}`);
}

function readTls(reader: Reader, place: Place, outside: Outside): Config['http']['tls'] {
  if (place.raw === undefined) return null;
  const files = reader.section(place, keys.httpTls);
  // A value that is not a map is already reported; that it lacks both keys adds nothing.
  if (place.raw !== null && !isMap(place.raw)) return null;
  return readKeyPair(reader, place, files, outside);
}

/** From the environment only: a first admin for automated installations. */
function readAdminToken(reader: Reader, { environment }: Outside): string | null {
  // Compose files turn an unset variable into an empty one.
  const token = environment.PINWATCH_ADMIN_TOKEN || null;
  if (token !== null && !/^[\x21-\x7e]+$/.test(token)) {
    reader.fail(
      'PINWATCH_ADMIN_TOKEN',
      'expected printable ASCII characters without spaces (not shown, it is a secret)',
    );
  } else if (token !== null && token.length < shortestToken) {
    reader.fail(
      'PINWATCH_ADMIN_TOKEN',
      `expected at least ${shortestToken} characters, found ${token.length} (not shown, it is a secret)`,
    );
  }
  return token;
}
