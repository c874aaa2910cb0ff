/** The probe's real parts, around servers under a root of the lab. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { createRoot, type Issued } from '../../lab/authority.ts';
import type { Endpoint } from '../../lab/sockets.ts';
import { createResolver } from '../../src/adapters/dns/resolver.ts';
import { createHandshaker } from '../../src/adapters/tls/handshaker.ts';
import { createChainReader } from '../../src/adapters/x509/chain-reader.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { HandshakeRequest } from '../../src/flow/handshaker.ts';
import { type ObservedDomain, type ObservePorts, observeDomain } from '../../src/flow/observe.ts';

export const host = 'api.example.com';
export const names = [host];
export const root = createRoot();
export const intermediate = root.intermediate();
export const chainOf = (leaf: Issued) => [leaf, intermediate.issued];
export const ecdsa = chainOf(intermediate.leaf({ names }));
export const otherEcdsa = chainOf(intermediate.leaf({ names }));
export const rsa = chainOf(intermediate.leaf({ names, algorithm: 'rsa-2048' }));

export const settings = {
  timeoutMs: 5000,
  dnsTimeoutMs: 5000,
  connectTimeoutMs: 5000,
  handshakeTimeoutMs: 5000,
  keyTypes: ['ecdsa', 'rsa'],
  addressesPerDomain: 8,
} as const;

let directory: string;
export let hostsFile: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pinwatch-observe-'));
  hostsFile = join(directory, 'hosts');
});
afterAll(() => rm(directory, { recursive: true }));

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});
export async function run<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const server = await starting;
  running.push(server);
  return server;
}

/** The real parts; `requests` are the calls of the real handshaker. */
export function parts(overrides: Partial<ObservePorts> = {}) {
  const requests: HandshakeRequest[] = [];
  const handshaker = createHandshaker();
  const ports: ObservePorts = {
    resolver: createResolver({ hostsFile, servers: [{ kind: 'dns', address: '127.0.0.1', port: 9 }] }),
    guard: null,
    handshaker: {
      handshake(request, signal) {
        requests.push(request);
        return handshaker.handshake(request, signal);
      },
    },
    chains: createChainReader({ roots: [root.pem] }),
    clock: () => Date.now(),
    ...overrides,
  };
  const observe = (
    domain: Omit<ObservedDomain, 'host'> & { readonly host?: string },
    again?: readonly string[],
    signal = new AbortController().signal,
    changed: Partial<typeof settings> | { addressesPerDomain: number } = {},
  ) => observeDomain({ host, ...domain }, { ...settings, ...changed }, ports, { again: again ?? [] }, signal);
  return { observe, requests };
}

export const at = ({ host: address, port }: Pick<Endpoint, 'host' | 'port'>) => ({
  port,
  connect: [address],
});
export const codes = (observations: readonly Observation[]) =>
  observations.map((seen) => seen.failure?.code ?? 'seen');
export const pinsOf = (seen: Observation | undefined) =>
  seen !== undefined && 'presented' in seen ? seen.presented.map((certificate) => certificate.pin) : [];
export const pins = (chain: readonly Issued[]) => chain.map((issued) => issued.pin);
