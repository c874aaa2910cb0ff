/** Each key type is seen whoever signed its certificate, even at servers that check the signatures on their chain. */
import { afterEach, expect, test } from 'vitest';
import { createRoot, type Issued } from '../../../lab/authority.ts';
import { startJavaServer } from '../../../lab/java.ts';
import { startOpensslServer } from '../../../lab/openssl.ts';
import { startTlsServer } from '../../../lab/tls-server.ts';
import { createHandshaker } from '../../../src/adapters/tls/handshaker.ts';
import type { Breadth, Offer } from '../../../src/flow/handshaker.ts';
import { requires } from '../../support/requires.ts';

const host = 'api.example.com';
const names = [host];
const rsaAuthority = createRoot({ algorithm: 'rsa-2048' }).intermediate({ algorithm: 'rsa-2048' });
const ecAuthority = createRoot().intermediate({ algorithm: 'ec-p384' });
const edAuthority = createRoot({ algorithm: 'ed25519' }).intermediate({ algorithm: 'ed25519' });
const ecdsaUnderRsa = [rsaAuthority.leaf({ names }), rsaAuthority.issued];
const ecdsaUnderEdDsa = [edAuthority.leaf({ names }), edAuthority.issued];
const rsaUnderEcdsa = [ecAuthority.leaf({ names, algorithm: 'rsa-2048' }), ecAuthority.issued];
const rsaUnderRsa = [rsaAuthority.leaf({ names, algorithm: 'rsa-2048' }), rsaAuthority.issued];
const eddsaUnderEcdsa = [ecAuthority.leaf({ names, algorithm: 'ed25519' }), ecAuthority.issued];

const handshaker = createHandshaker();
const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});
async function run<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const server = await starting;
  running.push(server);
  return server;
}

function shake(
  { host: address, port }: { readonly host: string; readonly port: number },
  offer: Offer,
  breadth: Breadth = 'app',
) {
  const deadlines = { connectTimeoutMs: 10_000, handshakeTimeoutMs: 10_000, timeoutMs: 10_000 };
  const request = { address, port, host, offer, breadth, alpn: [], ...deadlines };
  return handshaker.handshake(request, new AbortController().signal);
}
const shown = (chain: readonly Issued[]) => ({
  ...{ failure: null, broken: null },
  chain: chain.map((issued) => Uint8Array.from(issued.der)),
});
const refusal = { failure: { code: 'tls_alert' }, refused: 'alert' };

type Protocol = 'TLSv1.2' | 'TLSv1.3';
const versions: readonly { readonly protocols: readonly Protocol[] }[] = [
  { protocols: ['TLSv1.2'] },
  { protocols: ['TLSv1.3'] },
  { protocols: ['TLSv1.2', 'TLSv1.3'] },
];
const strict = ([first, second]: readonly Protocol[]) =>
  second === undefined ? ['-strict', first === 'TLSv1.2' ? '-tls1_2' : '-tls1_3'] : ['-strict'];

requires('openssl')('with OpenSSL’s own server, strict', () => {
  test.each(versions)(
    'two leaves, each under an authority with the other kind of key: $protocols',
    async ({ protocols }) => {
      const chains = [ecdsaUnderRsa, rsaUnderEcdsa] as const;
      const server = await run(startOpensslServer({ chains, args: strict(protocols) }));
      expect(await shake(server, 'ecdsa')).toMatchObject(shown(ecdsaUnderRsa));
      expect(await shake(server, 'rsa')).toMatchObject(shown(rsaUnderEcdsa));
    },
  );

  test.each(versions)('one leaf answers only its own offer: $protocols', async ({ protocols }) => {
    for (const [chain, own, other] of [
      [ecdsaUnderRsa, 'ecdsa', 'rsa'],
      [rsaUnderRsa, 'rsa', 'ecdsa'],
    ] as const) {
      const server = await run(startOpensslServer({ chains: [chain], args: strict(protocols) }));
      expect(await shake(server, own)).toMatchObject(shown(chain));
      expect(await shake(server, other)).toMatchObject(refusal);
    }
  });

  test('a static RSA server answers only the rsa offer', async () => {
    const args = ['-tls1_2', '-cipher', 'AES128-GCM-SHA256'];
    const server = await run(startOpensslServer({ chains: [rsaUnderRsa], args }));
    expect(await shake(server, 'ecdsa')).toMatchObject(refusal);
    expect(await shake(server, 'rsa')).toMatchObject({
      ...shown(rsaUnderRsa),
      negotiated: { suite: 'TLS_RSA_WITH_AES_128_GCM_SHA256', group: null, sha1: false },
    });
  });
});

requires('javac')('with Java’s server', () => {
  test.each(versions)(
    'two leaves, each under an authority with the other kind of key: $protocols',
    async ({ protocols }) => {
      const chains = [ecdsaUnderRsa, rsaUnderEcdsa];
      const server = await run(startJavaServer({ chains, protocols }));
      expect(await shake(server, 'ecdsa')).toMatchObject(shown(ecdsaUnderRsa));
      expect(await shake(server, 'rsa')).toMatchObject(shown(rsaUnderEcdsa));
    },
  );

  test('an EdDSA leaf next to others is seen if it is requested, only on TLS 1.3', async () => {
    const chains = [eddsaUnderEcdsa, ecdsaUnderRsa];
    const server = await run(startJavaServer({ chains, protocols: ['TLSv1.3'] }));
    expect(await shake(server, 'eddsa')).toMatchObject(shown(eddsaUnderEcdsa));
    expect(await shake(server, 'ecdsa')).toMatchObject(shown(ecdsaUnderRsa));
    expect(await shake(server, 'rsa')).toMatchObject(refusal);
  });
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'an authority with an Ed25519 key hides nothing: %s',
  async (version) => {
    const server = await run(
      startTlsServer({ chains: [ecdsaUnderEdDsa], minVersion: version, maxVersion: version }),
    );
    expect(await shake(server, 'ecdsa')).toMatchObject(shown(ecdsaUnderEdDsa));
  },
);
