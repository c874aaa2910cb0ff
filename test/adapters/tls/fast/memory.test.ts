import { expect, test } from 'vitest';
import { createRoot } from '../../../../lab/authority.ts';
import { createMemory } from '../../../../src/adapters/tls/fast/memory.ts';
import { keyObjectOf } from '../../../../src/adapters/tls/fast/server-key.ts';
import { fingerprintOf } from '../../../../src/adapters/tls/fingerprint.ts';
import type { Handshake, HandshakeRequest } from '../../../../src/flow/handshaker.ts';

const root = createRoot();
const dayMs = 86_400_000;
const requestOf = (address: string): HandshakeRequest => ({
  ...{ address, port: 443, host: 'api.example.com', offer: 'any', breadth: 'app', alpn: [] },
  ...{ connectTimeoutMs: 1, handshakeTimeoutMs: 1, timeoutMs: 1 },
});
type Algorithm = 'ec-p256' | 'ec-p521' | 'rsa-2048' | 'rsa-pss-2048' | 'ed25519';
const handshakeOf = (algorithm: Algorithm): Handshake => {
  const chain = [root.leaf({ names: ['api.example.com'], algorithm }).der];
  return {
    ...{ failure: null, protocol: 'TLSv1.3', broken: null, chain, fingerprint: fingerprintOf(chain) },
    negotiated: { suite: null, group: null, sha1: false },
  };
};
const from = (at: number) => ({ at, until: at + dayMs });

test('so many keys are kept in the form of OpenSSL, and the others are made anew', () => {
  const memory = createMemory(1);
  const algorithms = ['ec-p256', 'rsa-2048', 'ed25519'] as const;
  for (const algorithm of algorithms) {
    memory.remember(requestOf(algorithm), handshakeOf(algorithm), from(0));
  }
  const kept = algorithms.map((name) => memory.find(requestOf(name), 1)?.key);
  expect(kept.map((key) => key?.object === null)).toEqual([false, true, true]);
  expect(kept.map((key) => key && keyObjectOf(key).asymmetricKeyType)).toEqual(['ec', 'rsa', 'ed25519']);
  // One that has aged makes room.
  memory.remember(requestOf('next'), handshakeOf('ec-p256'), from(dayMs));
  memory.remember(requestOf('last'), handshakeOf('ec-p256'), from(dayMs));
  expect(memory.find(requestOf('last'), dayMs + 1)?.key.object).not.toBeNull();
  expect(memory.find(requestOf('ec-p256'), 1)).toBeNull();
});

test('a key that no app takes is not remembered', () => {
  const memory = createMemory();
  for (const algorithm of ['rsa-pss-2048', 'ec-p521'] as const) {
    memory.remember(requestOf('here'), handshakeOf(algorithm), from(0));
    expect(memory.find(requestOf('here'), 1)).toBeNull();
  }
  memory.remember(requestOf('here'), { ...handshakeOf('ec-p256'), chain: [new Uint8Array(3)] }, from(0));
  expect(memory.find(requestOf('here'), 1)).toBeNull();
});
