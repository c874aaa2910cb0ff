/** What is observed, and the verdict on it, is the same with the fast path, without it, and with its word ignored. */
import { expect, test } from 'vitest';
import { createRoot, type Issued } from '../../lab/authority.ts';
import { keyTypesOf } from '../../lab/client-hello.ts';
import { type Ending, startFront } from '../../lab/front.ts';
import {
  alerts,
  closeAfterClientHello,
  plainHttp,
  resetInCertificate,
  resetOnAccept,
} from '../../lab/hostile.ts';
import type { Endpoint } from '../../lab/sockets.ts';
import { startTlsServer, type TlsServerOptions } from '../../lab/tls-server.ts';
import { createSparingHandshaker } from '../../src/adapters/tls/fast/handshaker.ts';
import { createHandshaker } from '../../src/adapters/tls/handshaker.ts';
import { createChainReader } from '../../src/adapters/x509/chain-reader.ts';
import type { KeyType } from '../../src/core/observation.ts';
import { judge } from '../../src/core/verdict.ts';
import type { HandshakeKind, Handshaker } from '../../src/flow/handshaker.ts';
import { observeDomain } from '../../src/flow/observe.ts';
import { at, chainOf, ecdsa, host, intermediate, names, root, rsa, run, settings } from './observe-rig.ts';

const kinds: Record<HandshakeKind, number> = { fast: 0, fallback: 0, full: 0 };
const patience = { timeoutMs: 60_000, connectTimeoutMs: 60_000, handshakeTimeoutMs: 60_000 };

function modes(): readonly Handshaker[] {
  const clock = Date.now;
  const own = { clock, mostMs: 10_000 };
  return [
    createHandshaker(),
    createSparingHandshaker(createHandshaker(), {
      ...own,
      count: (kind) => {
        kinds[kind] += 1;
      },
    }),
    createSparingHandshaker(createHandshaker(), { ...own, isDistrusted: true }),
  ];
}

/** What the third look sees in each mode, when whatever can be known is. */
async function lookedAt(server: Endpoint, keyTypes: readonly KeyType[]): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const handshaker of modes()) {
    const chains = createChainReader({ roots: [root.pem] });
    const ports = { resolver: { resolve: async () => [] }, guard: null, handshaker, chains, clock: Date.now };
    const domain = { host, keyTypes, ...at(server) };
    const look = () =>
      observeDomain(domain, { ...settings, ...patience }, ports, {}, new AbortController().signal);
    await look();
    await look();
    const seen = (await look()).map((one) => ({ ...one, durationMs: 0 }));
    const pins = [...ecdsa, ...rsa].map(({ pin }) => pin);
    const { check } = judge({ host, port: server.port, pins }, seen, Date.now(), 0);
    results.push({ seen, check });
  }
  return results;
}

const leaf = (options: Partial<Parameters<typeof intermediate.leaf>[0]> = {}) =>
  chainOf(intermediate.leaf({ names, ...options }));
const hour = 3_600_000;
const chains: Record<string, readonly (readonly Issued[])[]> = {
  'ECDSA and RSA': [ecdsa, rsa],
  ECDSA: [ecdsa],
  RSA: [rsa],
  'P-384': [leaf({ algorithm: 'ec-p384' })],
  'P-521': [leaf({ algorithm: 'ec-p521' })],
  EdDSA: [leaf({ algorithm: 'ed25519' })],
  'ECDSA and EdDSA': [ecdsa, leaf({ algorithm: 'ed25519' })],
  'an RSASSA-PSS key': [leaf({ algorithm: 'rsa-pss-2048' })],
  'a leaf alone': [ecdsa.slice(0, 1)],
  'a stray': [[...ecdsa, createRoot().issued]],
  'another host': [leaf({ names: ['other.example.com'] })],
  'an expired leaf': [leaf({ notAfter: new Date(Date.now() - hour) })],
  'an unknown root': [[createRoot().leaf({ names })]],
};
const options: Record<string, Omit<TlsServerOptions, 'chains'>> = {
  'TLS 1.3': { minVersion: 'TLSv1.3' },
  'TLS 1.2': { maxVersion: 'TLSv1.2' },
  'no P-256': { groups: 'X25519' },
  'ChaCha20 alone': { ciphers: 'ECDHE+CHACHA20:TLS_CHACHA20_POLY1305_SHA256' },
  'static RSA': { ciphers: 'AES128-SHA', maxVersion: 'TLSv1.2' },
  'finite fields': { ciphers: 'DHE', maxVersion: 'TLSv1.2' },
  'another protocol': { alpn: ['imap'] },
  'a client certificate, if there is one': {
    clientCertificate: { policy: 'request', ca: createRoot().pem },
  },
  'a client certificate': { clientCertificate: { policy: 'require', ca: createRoot().pem } },
};

test.each([
  ...Object.keys(chains).flatMap((chain) => [
    [chain, 'TLS 1.3'],
    [chain, 'TLS 1.2'],
  ]),
  ...Object.keys(options).map((option) => ['ECDSA and RSA', option]),
  ...Object.keys(options).map((option) => ['ECDSA', option]),
])('a server with %s and %s', async (chain, option) => {
  const server = await run(
    startTlsServer({ ...options[option as string], chains: chains[chain as string] ?? [] }),
  );
  const [off, on, distrusted] = await lookedAt(server, ['ecdsa', 'rsa', 'eddsa']);
  expect(on).toEqual(off);
  expect(distrusted).toEqual(off);
});

test.each<[string, () => Promise<Endpoint>]>([
  ['a refusal of everything', () => alerts('fatal', 40)],
  ['another alert', () => alerts('fatal', 80)],
  ['FIN', closeAfterClientHello],
  ['RST', resetOnAccept],
  ['RST amid its certificate', resetInCertificate],
  ['plain HTTP', plainHttp],
])('a server that answers with %s', async (_, start) => {
  const server = await run(start());
  const [off, on, distrusted] = await lookedAt(server, ['ecdsa', 'rsa']);
  expect(on).toEqual(off);
  expect(distrusted).toEqual(off);
});

test.each<[string, Ending]>([
  ['breaks RSA off', { at: 'hello', by: 'close' }],
  ['refuses RSA', { at: 'hello', by: 40 }],
  ['ends RSA after its certificate', { at: 'certificate', by: 40 }],
  ['ends RSA after its flight', { at: 'flight', by: 'reset' }],
])('a front that %s', async (_, ending) => {
  const to = await run(startTlsServer({ chains: [ecdsa, rsa], maxVersion: 'TLSv1.2' }));
  const front = await run(
    startFront({ to, ending: (hello) => (keyTypesOf(hello).includes('ecdsa') ? null : ending) }),
  );
  const [off, on, distrusted] = await lookedAt(front, ['ecdsa', 'rsa']);
  expect(on).toEqual(off);
  expect(distrusted).toEqual(off);
});

test('most of it went the fast way', () => {
  expect(kinds.fast).toBeGreaterThan(60);
});
