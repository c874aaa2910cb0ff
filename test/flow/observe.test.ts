import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createRoot, type Issued } from '../../lab/authority.ts';
import { alerts, silent } from '../../lab/hostile.ts';
import type { Endpoint } from '../../lab/sockets.ts';
import { startTlsServer } from '../../lab/tls-server.ts';
import { createResolver } from '../../src/adapters/dns/resolver.ts';
import { createGuard } from '../../src/adapters/network/guard.ts';
import { createHandshaker } from '../../src/adapters/tls/handshaker.ts';
import { createChainReader } from '../../src/adapters/x509/chain-reader.ts';
import type { Observation } from '../../src/core/observation.ts';
import {
  type HandshakeRequest,
  type ObservedDomain,
  type ObservePorts,
  observeDomain,
} from '../../src/flow/observe.ts';
import { createTrustMemory } from '../../src/flow/trust-memory.ts';
import { startNameServer } from '../adapters/dns/name-server.ts';
import { startPickyFront } from './picky-front.ts';

const host = 'api.example.com';
const names = [host];
const root = createRoot();
const intermediate = root.intermediate();
const chainOf = (leaf: Issued) => [leaf, intermediate.issued];
const ecdsa = chainOf(intermediate.leaf({ names }));
const otherEcdsa = chainOf(intermediate.leaf({ names }));
const rsa = chainOf(intermediate.leaf({ names, algorithm: 'rsa-2048' }));
const expired = chainOf(intermediate.leaf({ names, notAfter: new Date(Date.now() - 60_000) }));

const settings = {
  timeoutMs: 5000,
  dnsTimeoutMs: 5000,
  connectTimeoutMs: 5000,
  handshakeTimeoutMs: 5000,
  keyTypes: ['ecdsa', 'rsa'],
  addressesPerDomain: 8,
} as const;

let directory: string;
let hostsFile: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pinwatch-observe-'));
  hostsFile = join(directory, 'hosts');
});
afterAll(() => rm(directory, { recursive: true }));

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});
async function run<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const server = await starting;
  running.push(server);
  return server;
}

/** The real parts; `requests` are the handshakes asked of the real handshaker, `skew` is added to the clock. */
function parts(overrides: Partial<ObservePorts> = {}) {
  const requests: HandshakeRequest[] = [];
  const time = { skewMs: 0 };
  const handshaker = createHandshaker({ roots: [root.pem] });
  const ports: ObservePorts = {
    resolver: createResolver({ hostsFile, servers: ['127.0.0.1:9'] }),
    guard: null,
    handshaker: {
      handshake(request, signal) {
        requests.push(request);
        return handshaker.handshake(request, signal);
      },
    },
    chains: createChainReader({ roots: [root.pem] }),
    clock: () => Date.now() + time.skewMs,
    memory: createTrustMemory(),
    ...overrides,
  };
  const observe = (
    domain: Omit<ObservedDomain, 'host'> & { readonly host?: string },
    again?: readonly string[],
    signal = new AbortController().signal,
    changed: Partial<typeof settings> | { addressesPerDomain: number } = {},
  ) => observeDomain({ host, ...domain }, { ...settings, ...changed }, ports, { again: again ?? [] }, signal);
  return { observe, requests, time };
}

const at = ({ host: address, port }: Endpoint) => ({ port, connect: [address] });
const codes = (observations: readonly Observation[]) =>
  observations.map((seen) => seen.failure?.code ?? 'seen');
const pinsOf = (seen: Observation | undefined) =>
  seen !== undefined && 'presented' in seen ? seen.presented.map((certificate) => certificate.pin) : [];
const pins = (chain: readonly Issued[]) => chain.map((issued) => issued.pin);

describe('every endpoint is observed', () => {
  test('each key type at each address, in order, with the chain of its own', async () => {
    const first = await run(startTlsServer({ chains: [ecdsa, rsa] }));
    await run(startTlsServer({ chains: [otherEcdsa], host: '127.0.0.2', port: first.port }));
    const { observe } = parts();
    const seen = await observe({ port: first.port, connect: ['127.0.0.1', '127.0.0.2', '127.0.0.3'] });
    expect(seen.map(({ address, keyType }) => `${address} ${keyType}`)).toEqual([
      '127.0.0.1 ecdsa',
      '127.0.0.1 rsa',
      '127.0.0.2 ecdsa',
      '127.0.0.2 rsa',
      '127.0.0.3 ecdsa',
      '127.0.0.3 rsa',
    ]);
    expect(codes(seen)).toEqual([
      ...['seen', 'seen'],
      ...['seen', 'key_type_not_served'],
      ...['connection_refused', 'connection_refused'],
    ]);
    expect(pinsOf(seen[0])).toEqual(pins(ecdsa));
    expect(pinsOf(seen[1])).toEqual(pins(rsa));
    expect(pinsOf(seen[2])).toEqual(pins(otherEcdsa));
    expect(seen[0]).toMatchObject({ protocol: 'TLSv1.3', verifyError: null, hostMatches: true });
    expect(seen[0]).toMatchObject({ path: { anchored: true } });
    expect(seen.every(({ durationMs }) => Number.isInteger(durationMs) && durationMs >= 0)).toBe(true);
  });

  test('a domain’s own key types and roots go before the settings', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa, rsa] }));
    const { observe } = parts();
    const seen = await observe({ ...at(server), keyTypes: ['rsa'], ca: createRoot().pem });
    expect(seen).toMatchObject([{ keyType: 'rsa', verifyError: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }]);
  });

  test('all at once: a dead endpoint holds no other up', async () => {
    const dead = await run(silent({ host: '127.0.0.2' }));
    await run(startTlsServer({ chains: [ecdsa, rsa], port: dead.port }));
    const { observe } = parts();
    const startedAt = performance.now();
    const seen = await observe(
      { port: dead.port, connect: ['127.0.0.2', '127.0.0.1'] },
      undefined,
      undefined,
      { handshakeTimeoutMs: 1000 } as never,
    );
    expect(codes(seen)).toEqual(['handshake_timeout', 'handshake_timeout', 'seen', 'seen']);
    expect(performance.now() - startedAt).toBeLessThan(1900);
  });
});

describe('a key type that is refused', () => {
  test('is not served where the other one is', async () => {
    const server = await run(startTlsServer({ chains: [rsa] }));
    const { observe, requests } = parts();
    const [refused, seen] = await observe(at(server));
    expect(refused?.failure).toEqual({
      code: 'key_type_not_served',
      message: expect.stringMatching(/^no ECDSA key is served .*handshake_failure/),
    });
    expect(pinsOf(seen)).toEqual(pins(rsa));
    expect(requests.map(({ offer }) => offer)).toEqual(['ecdsa', 'rsa']);
  });

  test('is not served where any offer shows another key', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const { observe, requests } = parts();
    const seen = await observe({ ...at(server), keyTypes: ['rsa'] });
    expect(codes(seen)).toEqual(['key_type_not_served']);
    expect(requests.map(({ offer }) => offer)).toEqual(['rsa', 'any']);
  });

  test('is observed where any offer shows its key', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const front = await run(startPickyFront(server));
    const { observe, requests } = parts();
    const seen = await observe(at(front));
    // The rsa offer alone passes the front, and is refused by the server behind it.
    expect(codes(seen)).toEqual(['seen', 'key_type_not_served']);
    expect(pinsOf(seen[0])).toEqual(pins(ecdsa));
    expect(seen[0]).toMatchObject({ keyType: 'ecdsa', verifyError: null });
    expect(requests.map(({ offer }) => offer)).toEqual(['ecdsa', 'rsa', 'any']);
  });

  test('stays an alert where the server refuses everybody', async () => {
    const server = await run(alerts('fatal', 40));
    const { observe, requests } = parts();
    expect(codes(await observe(at(server)))).toEqual(['tls_alert', 'tls_alert']);
    expect(requests.filter(({ offer }) => offer === 'any')).toHaveLength(1);
  });
});

describe('addresses', () => {
  test('come from the resolver, each guarded before it is connected to', async () => {
    await writeFile(hostsFile, `127.0.0.1 ${host}\n127.0.0.2 ${host}\n`);
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const { observe, requests } = parts({ guard: createGuard(['127.0.0.1']) });
    const seen = await observe({ port: server.port, keyTypes: ['ecdsa'] });
    expect(codes(seen)).toEqual(['seen', 'target_forbidden']);
    expect(seen[1]).toMatchObject({ address: '127.0.0.2', durationMs: 0 });
    expect(requests.map(({ address }) => address)).toEqual(['127.0.0.1']);
  });

  test.each([
    ['given ones', { connect: ['127.0.0.1'] }, undefined],
    ['those of a confirming probe', {}, ['127.0.0.1']],
    ['an IP literal', { host: '127.0.0.1' }, undefined],
  ])('%s are guarded, too', async (_, domain, again) => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const { observe } = parts({ guard: createGuard([]) });
    const seen = await observe({ port: server.port, ...domain }, again);
    expect(codes(seen)).toEqual(['target_forbidden', 'target_forbidden']);
    expect(server.connections).toBe(0);
  });

  test('of which there are too many are chosen from both families', async () => {
    const many = ['127.0.0.5', '127.0.0.4', '127.0.0.3', '127.0.0.2', '127.0.0.1', '::1'];
    await writeFile(hostsFile, many.map((address) => `${address} ${host}\n`).join(''));
    const closed = await startTlsServer({ chains: [ecdsa] });
    await closed.close();
    const { observe } = parts();
    const domain = { port: closed.port, keyTypes: ['ecdsa'] } as const;
    const chosen = async (addressesPerDomain: number) =>
      (await observe(domain, undefined, undefined, { addressesPerDomain })).map(({ address }) => address);
    expect(await chosen(4)).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.3', '::1']);
    expect(await chosen(2)).toEqual(['127.0.0.1', '::1']);
    expect(await chosen(1)).toEqual(['127.0.0.1']);
    // Written down by a person: none is left out.
    const given = await observe({ ...domain, connect: many }, undefined, undefined, {
      addressesPerDomain: 2,
    });
    expect(given.map(({ address }) => address)).toEqual(many);
  });

  test('that are not found fail every key type', async () => {
    const server = await run(startNameServer(() => 'NXDOMAIN'));
    const { observe } = parts({
      resolver: createResolver({ servers: [server.server], hostsFile: '/dev/null' }),
    });
    const failure = { code: 'dns_not_found' };
    expect(await observe({ port: 443, host: 'gone.example.com' })).toMatchObject([
      { address: null, keyType: 'ecdsa', failure },
      { address: null, keyType: 'rsa', failure },
    ]);
  });
});

describe('a chain that verified', () => {
  const verified = (requests: readonly HandshakeRequest[]) => requests.map(({ verify }) => verify);

  test('is not verified again for a day, and its trust is known', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const { observe, requests, time } = parts();
    const domain = { ...at(server), keyTypes: ['ecdsa'] } as const;
    const [first] = await observe(domain);
    const [second] = await observe(domain);
    expect(verified(requests)).toEqual([true, false]);
    expect({ ...second, durationMs: 0 }).toEqual({ ...first, durationMs: 0 });
    time.skewMs = 24 * 3_600_000;
    await observe(domain);
    expect(verified(requests)).toEqual([true, false, true]);
  });

  test('is verified for real by a confirming probe', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const { observe, requests } = parts();
    const domain = { ...at(server), keyTypes: ['ecdsa'] } as const;
    await observe(domain);
    await observe(domain, [server.host]);
    expect(verified(requests)).toEqual([true, true]);
  });

  test('says nothing about another chain: that one is verified at once', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const { observe, requests } = parts();
    const domain = { ...at(server), keyTypes: ['ecdsa'] } as const;
    await observe(domain);
    server.rotate([expired]);
    expect(await observe(domain)).toMatchObject([{ verifyError: 'CERT_HAS_EXPIRED' }]);
    expect(verified(requests)).toEqual([true, false, true]);
    // The old one is still within its day.
    server.rotate([ecdsa]);
    expect(await observe(domain)).toMatchObject([{ verifyError: null }]);
    expect(verified(requests)).toEqual([true, false, true, false]);
  });

  test('is verified again under other roots', async () => {
    const server = await run(startTlsServer({ chains: [ecdsa] }));
    const { observe, requests } = parts();
    const domain = { ...at(server), keyTypes: ['ecdsa'] } as const;
    await observe(domain);
    const [seen] = await observe({ ...domain, ca: createRoot().pem });
    expect(seen).toMatchObject({ verifyError: expect.any(String) });
    expect(verified(requests)).toEqual([true, true]);
  });

  test('a failure is never remembered', async () => {
    const server = await run(startTlsServer({ chains: [expired] }));
    const { observe, requests } = parts();
    const domain = { ...at(server), keyTypes: ['ecdsa'] } as const;
    await observe(domain);
    expect(await observe(domain)).toMatchObject([{ verifyError: 'CERT_HAS_EXPIRED' }]);
    expect(verified(requests)).toEqual([true, true]);
  });
});

test('an abort rejects with its reason and closes what is open', async () => {
  const server = await run(silent());
  const { observe } = parts();
  const aborting = new AbortController();
  const reason = new Error('shutting down');
  const observing = observe(at(server), undefined, aborting.signal);
  aborting.abort(reason);
  await expect(observing).rejects.toBe(reason);
  await server.allClosed();
  await expect(observe(at(server), undefined, aborting.signal)).rejects.toBe(reason);
});
