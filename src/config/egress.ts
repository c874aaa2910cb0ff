/** How probes get out: the name servers that they ask, and the proxy that they go through. */

import { type ProbeProxy, proxyOf } from '../core/probe-proxy.ts';
import type { ProbeSettings } from '../core/settings.ts';
import { caReader } from './accounts.ts';
import { mostNameServers, nameServerExpected, nameServersProblem, parseNameServer } from './name-servers.ts';
import type { Outside } from './outside.ts';
import type { Place, Reader } from './reader.ts';
import { readSecretUrl, type UrlKind } from './secret-url.ts';

const proxyUrl: UrlKind = {
  expected: 'an http:// or socks5:// URL',
  schemes: ['http:', 'socks5:'],
  needsUser: true,
};

type Egress = Pick<ProbeSettings, 'resolvers' | 'resolverCa' | 'proxy'>;

interface EgressPlaces {
  readonly resolvers: Place;
  readonly resolverCaFile: Place;
  readonly proxy: Place;
  readonly proxyFile: Place;
}

export function readEgress(reader: Reader, places: EgressPlaces, outside: Outside): Egress {
  const { resolvers: list, resolverCaFile, proxy, proxyFile } = places;
  const resolvers = reader
    .list(list, 'name servers', mostNameServers)
    .flatMap(
      (entry) =>
        reader.parse(entry, nameServerExpected, (text) => parseNameServer(text, outside.toAscii)) ?? [],
    );
  const problem = nameServersProblem(resolvers);
  if (problem !== null) reader.fail(list.path, problem);
  const resolverCa = caReader(reader, outside)(resolverCaFile) ?? null;
  if (resolverCa !== null && !resolvers.some(({ kind }) => kind !== 'dns')) {
    reader.fail(resolverCaFile.path, 'is for name servers with tls:// or https://: there is none');
  }
  const url = readSecretUrl(reader, { url: proxy, file: proxyFile }, proxyUrl, outside);
  return {
    resolvers,
    resolverCa,
    proxy: url === undefined ? null : readProxy(reader, [proxy, proxyFile], url),
  };
}

/** What the proxy could not be told, or would end the process, is a problem of the configuration. */
function readProxy(reader: Reader, [given, file]: readonly [Place, Place], url: string): ProbeProxy | null {
  const read = proxyOf(url);
  const problem = credentialsProblem(read);
  if (problem === null) return read;
  const { path } = given.raw === undefined ? file : given;
  return reader.fail(path, `expected ${problem} (not shown)`) ?? null;
}

function credentialsProblem({ kind, credentials }: ProbeProxy): string | null {
  if (credentials === null) return null;
  const { user, password } = credentials;
  if (kind === 'http') {
    if (/\p{Cc}/u.test(user + password)) return 'a user and a password without control characters';
    // It ends the user (RFC 7617, section 2).
    return user.includes(':') ? 'a user without a colon' : null;
  }
  const fits = (text: string) => text !== '' && new TextEncoder().encode(text).length <= 255;
  return fits(user) && fits(password) ? null : 'a user and a password of 1 to 255 bytes (RFC 1929)';
}
