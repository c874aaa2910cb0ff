/** What a hello contains, as a front between pinwatch and the server reads it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { selfSigned } from '../../../lab/authority.ts';
import { type Front, startFront } from '../../../lab/front.ts';
import { startTlsServer, type TlsServer } from '../../../lab/tls-server.ts';
import { createHandshaker } from '../../../src/adapters/tls/handshaker.ts';
import { appSuites } from '../../../src/core/app-hello.ts';
import type { HandshakeRequest, Offer } from '../../../src/flow/handshaker.ts';

const names = ['api.example.com'];
const ecdsa = [selfSigned({ names })];
const rsa = [selfSigned({ names, algorithm: 'rsa-2048' })];
const handshaker = createHandshaker();

let server: TlsServer;
let front: Front;
beforeAll(async () => {
  server = await startTlsServer({ chains: [ecdsa, rsa] });
  front = await startFront({ to: server, ending: () => null });
});
afterAll(async () => {
  await front.close();
  await server.close();
});

const shake = ({ host, port }: { host: string; port: number }, asked: Partial<HandshakeRequest> = {}) => {
  const deadlines = { connectTimeoutMs: 10_000, handshakeTimeoutMs: 10_000, timeoutMs: 10_000 };
  const request = { address: host, port, host: 'api.example.com', offer: 'any', breadth: 'app' } as const;
  return handshaker.handshake({ ...request, alpn: [], ...deadlines, ...asked }, new AbortController().signal);
};
/** The first one, if several are sent. */
const hello = async (asked: Partial<HandshakeRequest>) => {
  const before = front.hellos.length;
  await shake(front, asked);
  const first = front.hellos[before];
  if (first === undefined) throw new Error('expected a ClientHello');
  return first;
};

// IANA's registry of TLS parameters.
const tls13 = [0x1301, 0x1302, 0x1303];
const ecdsaSuites = [0xc02b, 0xc02c, 0xcca9];
const rsaSuites = [0xc02f, 0xc030, 0xcca8, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f, 0x35];
/** Not a suite: OpenSSL 3.0 uses it for what 3.5 puts into an extension (RFC 5746, section 3.3). */
const renegotiationInfo = 0xff;
const pkcs1 = [0x0401, 0x0501, 0x0601];
const pss = [0x0804, 0x0805, 0x0806];
const sha1 = [0x0201, 0x0203];

describe('an app’s hello', () => {
  test.each<[Offer, readonly number[], readonly number[]]>([
    ['ecdsa', [...tls13, ...ecdsaSuites], [0x0403, 0x0503, ...pkcs1]],
    ['rsa', [...tls13, ...rsaSuites], [...pss, ...pkcs1]],
    ['eddsa', [...tls13, ...ecdsaSuites], [0x0807, 0x0808, ...pkcs1]],
    ['any', [...tls13, ...ecdsaSuites, ...rsaSuites], [0x0403, 0x0503, ...pss, ...pkcs1]],
  ])('for %s has the suites, schemes and groups of apps, and no others', async (offer, suites, schemes) => {
    const { groups, versions, serverName, ...seen } = await hello({ offer });
    expect(seen.suites.filter((suite) => suite !== renegotiationInfo)).toEqual(suites);
    expect(seen.schemes).toEqual(schemes);
    expect(groups).toEqual([0x001d, 0x0017, 0x0018]);
    expect(versions).toEqual([0x0304, 0x0303]);
    expect(serverName).toBe('api.example.com');
  });

  test('offers the given application protocols, or leaves them out', async () => {
    expect(await hello({ alpn: ['h2', 'http/1.1'] })).toMatchObject({ alpn: ['h2', 'http/1.1'] });
    expect(await hello({ alpn: ['mqtt'] })).toMatchObject({ alpn: ['mqtt'] });
    expect(await hello({ alpn: [] })).toMatchObject({ alpn: [] });
  });
});

test('a wide hello adds P-521, RSA-PSS keys, SHA-1, EdDSA, and suites that no app offers', async () => {
  const { suites, schemes, groups } = await hello({ offer: 'any', breadth: 'wide' });
  expect(groups).toContain(0x0019);
  expect(schemes).toEqual(expect.arrayContaining([0x0603, 0x0807, 0x0809, ...sha1]));
  // DHE-RSA-AES128-GCM-SHA256, ECDHE-RSA-AES128-SHA256, ECDHE-ECDSA-AES128-SHA
  expect(suites).toEqual(expect.arrayContaining([0x9e, 0xc027, 0xc009, ...rsaSuites]));
});

describe('each suite of an app is reported by its IANA name', () => {
  test.each([...appSuites.ecdsa, ...appSuites.rsa])('%s', async (suite) => {
    const [, kind, cipher] = /^TLS_(.*)_WITH_(.*)$/.exec(suite) ?? [];
    const openssl = `${kind}_${cipher}`
      .replace(/^RSA_/, '')
      .replace(/AES_(\d+)(_CBC)?/, 'AES$1')
      .replace(/(POLY1305)_SHA256/, '$1')
      .replaceAll('_', '-');
    const one = await startTlsServer({ chains: [ecdsa, rsa], ciphers: openssl, maxVersion: 'TLSv1.2' });
    expect(await shake(one)).toMatchObject({ failure: null, negotiated: { suite } });
    await one.close();
  });
});
