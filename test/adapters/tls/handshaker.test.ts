import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { createRoot, type Issued, selfSigned } from '../../../lab/authority.ts';
import { startTlsServer, type TlsServer, type TlsServerOptions } from '../../../lab/tls-server.ts';
import { fingerprintOf } from '../../../src/adapters/tls/fingerprint.ts';
import { createHandshaker } from '../../../src/adapters/tls/handshaker.ts';
import type { FailedHandshake, Handshake, HandshakeRequest } from '../../../src/flow/handshaker.ts';

const host = 'api.example.com';
const rsaRoot = createRoot({ commonName: 'RSA Root', algorithm: 'rsa-2048' });
const rsaIntermediate = rsaRoot.intermediate({ algorithm: 'rsa-2048' });
const ecRoot = createRoot({ commonName: 'EC Root' });
const ecIntermediate = ecRoot.intermediate();
const names = [host];
const rsa = [rsaIntermediate.leaf({ names, algorithm: 'rsa-2048' }), rsaIntermediate.issued];
const ecdsa = [ecIntermediate.leaf({ names }), ecIntermediate.issued];

const handshaker = createHandshaker();
const servers: TlsServer[] = [];
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
  const request = { address, port, host, offer: 'any', breadth: 'app', alpn: [], ...deadlines } as const;
  return handshaker.handshake({ ...request, ...asked }, signal);
}

const der = (chain: readonly Issued[]) => chain.map((issued) => Uint8Array.from(issued.der));
const shown = (chain: readonly Issued[]) => ({ failure: null, chain: der(chain), broken: null });
const refusal = { failure: { code: 'tls_alert' }, refused: 'alert' };

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (version) => {
  const versions = { minVersion: version, maxVersion: version };

  test('each key type gets its own chain from a server that has both', async () => {
    const server = await serve({ ...versions, chains: [rsa, ecdsa] });
    const negotiated = (key: string) => ({
      suite: version === 'TLSv1.2' ? `TLS_ECDHE_${key}_WITH_AES_256_GCM_SHA384` : 'TLS_AES_256_GCM_SHA384',
      ...{ group: 'X25519', sha1: false },
    });
    const seen = { protocol: version, failure: null, broken: null };
    const whole = (chain: Uint8Array[], key: string) => ({
      ...{ ...seen, chain, fingerprint: fingerprintOf(chain), negotiated: negotiated(key) },
    });
    expect(await shake(server, { offer: 'ecdsa' })).toEqual(whole(der(ecdsa), 'ECDSA'));
    expect(await shake(server, { offer: 'rsa' })).toEqual(whole(der(rsa), 'RSA'));
    expect(await shake(server, { offer: 'any' })).toMatchObject(seen);
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
    ['ed25519', 'eddsa', 'app'],
    ['ec-p384', 'ecdsa', 'app'],
    ['ec-p521', 'ecdsa', 'wide'],
    ['rsa-1024', 'rsa', 'app'],
    ['rsa-pss-2048', 'rsa', 'wide'],
  ] as const)('an %s key answers only the %s offer of %s breadth', async (algorithm, offer, breadth) => {
    const chain = [ecIntermediate.leaf({ names, algorithm }), ecIntermediate.issued];
    const server = await serve({ ...versions, chains: [chain] });
    expect(await shake(server, { offer, breadth })).toMatchObject(shown(chain));
    expect(await shake(server, { offer: 'any', breadth: 'wide' })).toMatchObject(shown(chain));
    for (const other of ['ecdsa', 'rsa', 'eddsa'] as const) {
      if (other !== offer || breadth === 'wide')
        expect(await shake(server, { offer: other })).toMatchObject(refusal);
      if (other !== offer)
        expect(await shake(server, { offer: other, breadth: 'wide' })).toMatchObject(refusal);
    }
  });

  test('the chain is kept, and nothing is broken, if the server then requires a client certificate', async () => {
    const clientCertificate = { policy: 'require', ca: rsaRoot.pem } as const;
    const server = await serve({ ...versions, chains: [ecdsa], clientCertificate });
    expect(await shake(server)).toMatchObject({ protocol: version, ...shown(ecdsa) });
    expect(server.connections).toBe(1);
  });

  test('strays, duplicates and a wrong order are kept as they were sent', async () => {
    const stray = selfSigned({ commonName: 'stray' });
    const [leaf, intermediate] = ecdsa as [Issued, Issued];
    const chain = [leaf, stray, rsaIntermediate.issued, intermediate, leaf, intermediate, ecRoot.issued];
    const server = await serve({ ...versions, chains: [chain] });
    expect(await shake(server)).toMatchObject(shown(chain));
  });

  test('20 certificates are accepted, 21 are too many', async () => {
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
    expect(await shake(server)).toEqual({ failure, refused: null });
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
