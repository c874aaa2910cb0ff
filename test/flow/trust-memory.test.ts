import { expect, test } from 'vitest';
import type { Certificate } from '../../src/core/certificate.ts';
import type { DecodedChain } from '../../src/flow/observe.ts';
import { chainFingerprint, createTrustMemory, type TrustedEndpoint } from '../../src/flow/trust-memory.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 10, 22);

function certificate(name: string, notBefore: number, notAfter: number): Certificate {
  const certificateSha256 = name.padEnd(64, '0');
  const key = { pin: `sha256/${name}`, key: 'EC P-256', selfIssued: false } as const;
  return { ...key, subject: name, issuer: 'CA', notBefore, notAfter, certificateSha256 };
}

function chain(...presented: readonly Certificate[]): DecodedChain {
  const certificates = presented.map((each) => ({ certificate: each, from: 'presented' as const }));
  return { presented, path: { certificates, anchored: true }, hostMatches: true };
}

const leaf = certificate('a', now - 2 * day, now + 2 * day);
const issuer = certificate('b', now - day, now + 100 * day);
const endpoint: TrustedEndpoint = {
  host: 'api.example.com',
  port: 443,
  address: '192.0.2.1',
  keyType: 'ecdsa',
  ca: undefined,
};

test('a chain is recalled for its endpoint alone', () => {
  const memory = createTrustMemory();
  memory.remember(endpoint, chain(leaf, issuer), now);
  expect(memory.recall(endpoint, now)).toBe(chainFingerprint(chain(leaf, issuer)));
  for (const other of [
    { host: 'b.example.com' },
    { port: 8443 },
    { address: '192.0.2.2' },
    { keyType: 'rsa' as const },
    { ca: 'PEM' },
  ]) {
    expect(memory.recall({ ...endpoint, ...other }, now)).toBeNull();
  }
});

test('its fingerprint tells order and strays', () => {
  const fingerprints = [chain(leaf), chain(leaf, issuer), chain(issuer, leaf), chain(leaf, issuer, issuer)];
  expect(new Set(fingerprints.map(chainFingerprint)).size).toBe(4);
});

test('it is forgotten when it is too old', () => {
  const memory = createTrustMemory(10, day);
  memory.remember(endpoint, chain(leaf), now);
  expect(memory.recall(endpoint, now + day - 1)).not.toBeNull();
  expect(memory.recall(endpoint, now + day)).toBeNull();
  expect(memory.recall(endpoint, now)).toBeNull();
});

test('recalling it does not make it younger', () => {
  const memory = createTrustMemory(10, day);
  memory.remember(endpoint, chain(leaf), now);
  for (let hour = 1; hour < 24; hour += 1) memory.recall(endpoint, now + hour * 3_600_000);
  expect(memory.recall(endpoint, now + day)).toBeNull();
});

test.each([
  ['past a notAfter', leaf.notAfter, leaf.notAfter + 1],
  ['before a notBefore', issuer.notBefore, issuer.notBefore - 1],
])('it is not recalled %s on the path', (_, last, first) => {
  const memory = createTrustMemory(10, 100 * day);
  memory.remember(endpoint, chain(leaf, issuer), Math.min(last, first));
  expect(memory.recall(endpoint, last)).not.toBeNull();
  expect(memory.recall(endpoint, first)).toBeNull();
});

test('a clock that was set back asks for a new verification', () => {
  const memory = createTrustMemory();
  memory.remember(endpoint, chain(leaf), now);
  expect(memory.recall(endpoint, now - 1)).toBeNull();
});

test('the least recently used goes first', () => {
  const memory = createTrustMemory(2);
  const [a, b, c] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => ({ ...endpoint, address })) as [
    TrustedEndpoint,
    TrustedEndpoint,
    TrustedEndpoint,
  ];
  memory.remember(a, chain(leaf), now);
  memory.remember(b, chain(leaf), now);
  memory.recall(a, now);
  memory.remember(c, chain(leaf), now);
  expect([a, b, c].map((each) => memory.recall(each, now) !== null)).toEqual([true, false, true]);
});
