import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { type Parsed, refused } from '../core/parsed.ts';
import { parsePathPrefix, pathPrefixExpected } from '../core/path-prefix.ts';
import { quote } from '../core/quote.ts';
import { cidrExpected, parseCidr } from './cidr.ts';
import type { Config } from './config.ts';
import { keys } from './keys.ts';
import { listenExpected, parseListen } from './listen.ts';
import type { Outside } from './outside.ts';
import { isMap, type Place, type Reader } from './reader.ts';
import { readNamedFile } from './secret-url.ts';

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
  const { certFile, keyFile } = reader.section(place, keys.httpTls);
  // A value that is not a map is already reported; that it lacks both keys adds nothing.
  if (place.raw !== null && !isMap(place.raw)) return null;
  const certExpected = 'a PEM file with the certificate and its intermediates';
  const keyExpected = 'a PEM file with the private key, without a password';
  const cert = readPem(reader, certFile, certExpected, outside);
  const key = readPem(reader, keyFile, keyExpected, outside);
  if (cert === undefined || key === undefined) return null;
  const certificate = attempt(() => new X509Certificate(cert));
  const privateKey = attempt(() => createPrivateKey(key));
  if (certificate === null) reader.fail(certFile.path, `expected ${certExpected}, found none`);
  if (privateKey === null) reader.fail(keyFile.path, `expected ${keyExpected}, found none`);
  if (certificate === null || privateKey === null) return null;
  if (!certificate.checkPrivateKey(privateKey)) {
    reader.fail(
      keyFile.path,
      `expected the private key of the certificate in ${certFile.path}, found another`,
    );
    return null;
  }
  try {
    // As the server will do it: an unreadable intermediate or a key that is too short shows only here.
    createSecureContext({ cert, key });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    reader.fail(
      place.path,
      `expected a usable certificate and key: OpenSSL refuses them (${code ?? message})`,
    );
  }
  return { cert, key };
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    // OpenSSL's message names the missing bytes; the caller's names the file.
    return null;
  }
}

function readPem(reader: Reader, place: Place, expected: string, outside: Outside): string | undefined {
  if (place.raw === undefined) return reader.expected(place, expected);
  const file = readNamedFile(reader, place, outside);
  return file === undefined ? undefined : new TextDecoder().decode(file);
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
