import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { createRoot, type Issued, selfSigned } from '../../../lab/authority.ts';
import { type OpensslServer, startOpensslServer } from '../../../lab/openssl.ts';
import { startTlsServer, type TlsServer, type TlsServerOptions } from '../../../lab/tls-server.ts';
import { createHandshaker } from '../../../src/adapters/tls/handshaker.ts';
import type { FailedHandshake, Handshake, HandshakeRequest } from '../../../src/flow/observe.ts';
import { requires } from '../../support/requires.ts';

const host = 'api.example.com';
const rsaRoot = createRoot({ commonName: 'RSA Root', algorithm: 'rsa-2048' });
const rsaIntermediate = rsaRoot.intermediate({ algorithm: 'rsa-2048' });
const ecRoot = createRoot({ commonName: 'EC Root' });
const ecIntermediate = ecRoot.intermediate();
const names = [host];
const rsa = [rsaIntermediate.leaf({ names, algorithm: 'rsa-2048' }), rsaIntermediate.issued];
const ecdsa = [ecIntermediate.leaf({ names }), ecIntermediate.issued];
const ecdsaUnderRsa = [rsaIntermediate.leaf({ names }), rsaIntermediate.issued];
const bothRoots = ecRoot.pem + rsaRoot.pem;

const handshaker = createHandshaker();
const servers: (TlsServer | OpensslServer)[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(options: TlsServerOptions): Promise<TlsServer> {
  const server = await startTlsServer(options);
  servers.push(server);
  return server;
}

function shake(
  { host: address, port }: { readonly host: string; readonly port: number },
  asked: Partial<HandshakeRequest> = {},
  signal = new AbortController().signal,
): Promise<Handshake | FailedHandshake> {
  const deadlines = { connectTimeoutMs: 10_000, handshakeTimeoutMs: 10_000, timeoutMs: 10_000 };
  const request = { address, port, host, offer: 'any', ca: bothRoots, verify: true, ...deadlines } as const;
  return handshaker.handshake({ ...request, ...asked }, signal);
}

const der = (chain: readonly Issued[]) => chain.map((issued) => Uint8Array.from(issued.der));
const shown = (chain: readonly Issued[]) => ({ failure: null, chain: der(chain), verifyError: null });
const refusal = { failure: { code: 'tls_alert' }, refused: true };

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (version) => {
  const versions = { minVersion: version, maxVersion: version };

  test('each key type gets its own chain from a server that has both', async () => {
    const server = await serve({ ...versions, chains: [rsa, ecdsa] });
    expect(await shake(server, { offer: 'ecdsa' })).toEqual({ protocol: version, ...shown(ecdsa) });
    expect(await shake(server, { offer: 'rsa' })).toEqual({ protocol: version, ...shown(rsa) });
    expect(await shake(server, { offer: 'any' })).toMatchObject({ failure: null, verifyError: null });
    expect(server.connections).toBe(3);
  });

  test('a key type that the server lacks is refused; any offer gets what is there', async () => {
    const onlyRsa = await serve({ ...versions, chains: [rsa] });
    expect(await shake(onlyRsa, { offer: 'ecdsa' })).toMatchObject(refusal);
    expect(await shake(onlyRsa, { offer: 'any' })).toMatchObject(shown(rsa));
    const onlyEcdsa = await serve({ ...versions, chains: [ecdsa] });
    expect(await shake(onlyEcdsa, { offer: 'rsa' })).toMatchObject(refusal);
    expect(await shake(onlyEcdsa, { offer: 'any' })).toMatchObject(shown(ecdsa));
  });

  test.each([
    ['ed25519', 'ecdsa'],
    ['ec-p384', 'ecdsa'],
    ['rsa-pss-2048', 'rsa'],
    ['rsa-1024', 'rsa'],
  ] as const)('an %s key answers the %s offer', async (algorithm, offer) => {
    const leaf = ecIntermediate.leaf({ names, algorithm });
    const server = await serve({ ...versions, chains: [[leaf, ecIntermediate.issued]] });
    // Verified, too: at OpenSSL's security level 2 the weak key would be an error on some Node versions only.
    expect(await shake(server, { offer })).toMatchObject(shown([leaf, ecIntermediate.issued]));
    expect(await shake(server, { offer: offer === 'rsa' ? 'ecdsa' : 'rsa' })).toMatchObject(refusal);
  });

  test('the chain is kept where the server then wants a client certificate', async () => {
    const clientCertificate = { policy: 'require', ca: ecRoot.pem } as const;
    const server = await serve({ ...versions, chains: [ecdsa], clientCertificate });
    // node:tls appends the issuer that it finds in `ca` to what it presents.
    const presented = [...ecdsa, ecRoot.issued];
    const seen = await shake(server);
    expect(seen).toMatchObject({ failure: null, protocol: version, verifyError: null });
    expect(presented.map((issued) => Uint8Array.from(issued.der))).toEqual(
      expect.arrayContaining((seen as Handshake).chain as Uint8Array[]),
    );
    expect(await shake(server, { ca: rsaRoot.pem })).toMatchObject({
      failure: null,
      verifyError: expect.stringMatching(/^(SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)$/),
    });
  });

  test('strays, duplicates and a wrong order are kept as they were sent', async () => {
    const stray = selfSigned({ commonName: 'stray' });
    const [leaf, intermediate] = ecdsa as [Issued, Issued];
    const chain = [leaf, stray, rsaIntermediate.issued, intermediate, leaf, intermediate, ecRoot.issued];
    const server = await serve({ ...versions, chains: [chain] });
    expect(await shake(server)).toMatchObject(shown(chain));
    expect(await shake(server, { verify: false })).toMatchObject({ chain: der(chain) });
  });

  test('20 certificates are taken, 21 are too many', async () => {
    const [leaf, intermediate] = ecdsa as [Issued, Issued];
    const chainOf = (length: number) => [leaf, ...Array<Issued>(length - 1).fill(intermediate)];
    const server = await serve({ ...versions, chains: [chainOf(20)] });
    expect(await shake(server)).toMatchObject(shown(chainOf(20)));
    server.rotate([chainOf(21)]);
    expect(await shake(server)).toMatchObject({ failure: { code: 'chain_too_large' } });
  });

  test.each([
    [1000, 'a certificate of over 64 KB'],
    [2000, 'a certificate chain of over 100 KB'],
  ])('a certificate of %i long names is too large', async (count, what) => {
    const long = Array.from({ length: count }, (_, at) => `${'a'.repeat(63)}.${at}.example.com`);
    const server = await serve({ ...versions, chains: [[ecIntermediate.leaf({ names: long })]] });
    const failure = { code: 'chain_too_large', message: `the server sent ${what}` };
    expect(await shake(server)).toEqual({ failure, refused: false });
  });
});

describe('the verification result is OpenSSL’s word', () => {
  const yesterday = new Date(Date.now() - 86_400_000);
  const longAgo = new Date(Date.now() - 2 * 86_400_000);
  const expired = ecIntermediate.leaf({ names, notBefore: longAgo, notAfter: yesterday });

  test.each([
    ['expired', [expired, ecIntermediate.issued], 'CERT_HAS_EXPIRED'],
    ['self-signed', [selfSigned({ names })], 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['incomplete', ecdsa.slice(0, 1), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['of another host', [ecIntermediate.leaf({ names: ['else.example.com'] }), ecIntermediate.issued], null],
  ])('%s', async (_, chain, verifyError) => {
    const server = await serve({ chains: [chain] });
    expect(await shake(server)).toMatchObject({ failure: null, chain: der(chain), verifyError });
  });

  test('only roots are anchors: an intermediate in the ca file does not mend an incomplete chain', async () => {
    const server = await serve({ chains: [ecdsa.slice(0, 1)] });
    const ca = ecIntermediate.pem + ecRoot.pem;
    expect(await shake(server, { ca })).toMatchObject({ verifyError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  });

  test('the default roots are the given ones, and a ca replaces them', async () => {
    const server = await serve({ chains: [ecdsa] });
    const { port } = server;
    const deadlines = { connectTimeoutMs: 10_000, handshakeTimeoutMs: 10_000, timeoutMs: 10_000 };
    const request = { address: '127.0.0.1', port, host, offer: 'ecdsa', verify: true, ...deadlines } as const;
    const own = createHandshaker({ roots: [ecRoot.pem] });
    const { signal } = new AbortController();
    expect(await own.handshake({ ...request, ca: undefined }, signal)).toMatchObject({ verifyError: null });
    const untrusted = { verifyError: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' };
    expect(await own.handshake({ ...request, ca: rsaRoot.pem }, signal)).toMatchObject(untrusted);
    expect(await handshaker.handshake({ ...request, ca: undefined }, signal)).toMatchObject(untrusted);
  });

  test('without verification nothing is trusted', async () => {
    const server = await serve({ chains: [ecdsa] });
    const seen = await shake(server, { verify: false });
    expect(seen).toMatchObject({ chain: der(ecdsa), verifyError: 'UNSPECIFIED' });
  });
});

describe('SNI', () => {
  test('is the host, whatever the address', async () => {
    const server = await serve({ chains: [rsa], byName: { [host]: [ecdsa] } });
    expect(await shake(server, { host })).toMatchObject(shown(ecdsa));
    expect(server.serverNames).toEqual([host]);
  });

  test.each(['127.0.0.1', '::1'])('is not sent for %s', async (address) => {
    const server = await serve({ chains: [rsa], byName: { [host]: [ecdsa] }, host: address });
    expect(await shake(server, { host: address })).toMatchObject(shown(rsa));
    expect(server.serverNames).toEqual([]);
  });
});

describe('the caller’s signal', () => {
  test('ends a handshake at once, with its reason', async () => {
    const server = await serve({ chains: [ecdsa] });
    const reason = new Error('shutting down');
    await expect(shake(server, {}, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(server.connections).toBe(0);

    const aborting = new AbortController();
    const shaken = shake(server, {}, aborting.signal);
    aborting.abort(reason);
    await expect(shaken).rejects.toBe(reason);
    await server.allClosed();
  });

  test('may be shared by many handshakes, and keeps no listener of a finished one', async () => {
    const server = await serve({ chains: [ecdsa] });
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on('warning', warned);
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 20 }, () => shake(server, {}, signal)));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', warned);
    expect(warnings).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

requires('openssl')('with OpenSSL’s own server', () => {
  const serveWith = async (chain: readonly Issued[], ...args: string[]) => {
    const server = await startOpensslServer({ chains: [chain], args });
    servers.push(server);
    return server;
  };

  // With -strict it refuses a chain with a signature that was not offered (RFC 5246, section 7.4.2), as Java's does.
  test('an ECDSA leaf under an RSA CA is seen on TLS 1.2, and answers the ecdsa offer alone', async () => {
    const server = await serveWith(ecdsaUnderRsa, '-tls1_2', '-strict');
    expect(await shake(server, { offer: 'ecdsa' })).toMatchObject(shown(ecdsaUnderRsa));
    expect(await shake(server, { offer: 'rsa' })).toMatchObject(refusal);
  });

  test('a static RSA server answers the rsa offer alone', async () => {
    const server = await serveWith(rsa, '-tls1_2', '-cipher', 'AES128-GCM-SHA256');
    expect(await shake(server, { offer: 'ecdsa' })).toMatchObject(refusal);
    expect(await shake(server, { offer: 'rsa' })).toMatchObject(shown(rsa));
  });
});
