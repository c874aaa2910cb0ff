import { expect, test } from 'vitest';
import { createRoot } from '../../lab/authority.ts';
import { startTlsServer } from '../../lab/tls-server.ts';
import { createSparingHandshaker } from '../../src/adapters/tls/fast/handshaker.ts';
import { createHandshaker } from '../../src/adapters/tls/handshaker.ts';
import { createChainReader } from '../../src/adapters/x509/chain-reader.ts';
import type { ObservedDomain } from '../../src/flow/observe.ts';
import { observeDomain } from '../../src/flow/observe.ts';
import {
  at,
  chainOf,
  ecdsa,
  host,
  intermediate,
  names,
  otherEcdsa,
  root,
  rsa,
  run,
  settings,
} from './observe-rig.ts';

/** Observes as a service does, and counts the handshakes in full. */
function watch(domain: Partial<ObservedDomain> & Pick<ObservedDomain, 'port' | 'connect'>) {
  let now = Date.now();
  let inFull = 0;
  const full = createHandshaker();
  const counted: typeof full = {
    handshake(request, signal) {
      inFull += 1;
      return full.handshake(request, signal);
    },
  };
  const clock = () => now;
  const ports = {
    resolver: { resolve: () => Promise.resolve([]) },
    guard: null,
    handshaker: createSparingHandshaker(counted, { clock, mostMs: 10_000 }),
    chains: createChainReader({ roots: [root.pem] }),
    clock,
  };
  return {
    pass(ms: number) {
      now += ms;
    },
    async observe(look: { again?: readonly string[]; inFull?: boolean } = {}) {
      inFull = 0;
      const limits = { ...settings, timeoutMs: 60_000, connectTimeoutMs: 60_000, handshakeTimeoutMs: 60_000 };
      const { signal } = new AbortController();
      const observed = await observeDomain(
        { host, keyTypes: ['ecdsa'], ...domain },
        limits,
        ports,
        look,
        signal,
      );
      // What it took is the one thing that may differ.
      return { seen: observed.map((one) => ({ ...one, durationMs: 0 })), inFull };
    },
  };
}

const hour = 3_600_000;

test('a server that was validated is observed the same without a handshake in full', async () => {
  const server = await run(startTlsServer({ chains: [ecdsa, rsa] }));
  const { observe } = watch({ ...at(server), keyTypes: ['ecdsa', 'rsa'] });
  const first = await observe();
  expect(first.inFull).toBe(2);
  expect(await observe()).toEqual({ ...first, inFull: 0 });
  expect((await observe({ inFull: true })).inFull).toBe(2);
  expect((await observe({ again: [server.host] })).inFull).toBe(2);
});

test('a change is observed at once', async () => {
  const server = await run(startTlsServer({ chains: [ecdsa] }));
  const { observe } = watch(at(server));
  const first = await observe();
  await observe();
  server.rotate([otherEcdsa]);
  const changed = await observe();
  expect(changed.inFull).toBe(1);
  expect(changed.seen).not.toEqual(first.seen);
  server.rotate([ecdsa]);
  expect(await observe()).toEqual(first);
});

test.each([
  ['of an unknown root', () => [createRoot().leaf({ names })]],
  ['for another host', () => chainOf(intermediate.leaf({ names: ['other.example.com'] }))],
  ['that has expired', () => chainOf(intermediate.leaf({ names, notAfter: new Date(Date.now() - hour) }))],
])('a chain %s is never taken for known', async (_, chain) => {
  const server = await run(startTlsServer({ chains: [chain()] }));
  const { observe } = watch(at(server));
  await observe();
  expect((await observe()).inFull).toBe(1);
});

test('a chain is known no longer than it is valid', async () => {
  const leaf = intermediate.leaf({ names, notAfter: new Date(Date.now() + hour) });
  const server = await run(startTlsServer({ chains: [chainOf(leaf)] }));
  const { observe, pass } = watch(at(server));
  await observe();
  pass(hour / 2);
  expect((await observe()).inFull).toBe(0);
  pass(hour);
  const { seen, inFull } = await observe();
  expect(inFull).toBe(1);
  expect(seen).toMatchObject([{ path: { problem: { code: 'CERT_HAS_EXPIRED' } } }]);
});
