import { expect, test } from 'vitest';
import { abridged } from '../../src/core/abridged-check.ts';
import type { Check, CheckedEndpoint } from '../../src/core/check.ts';

const pin = `sha256/${'A'.repeat(43)}=` as const;

function endpoint(address: string, verdict: CheckedEndpoint['verdict']): CheckedEndpoint {
  const subject = `CN=${'x'.repeat(250)}`;
  const certificate = {
    pin,
    subject,
    issuer: subject,
    notBefore: '',
    notAfter: '',
    certificateSha256: '',
    key: '',
  };
  return {
    ...{ address, keyType: 'ecdsa', verdict, protocol: 'TLSv1.3', durationMs: 1 },
    presented: Array.from({ length: 20 }, () => certificate),
    path: Array.from({ length: 5 }, () => ({ pin, subject, from: 'presented' as const })),
    ...{ trusted: true, trustError: null, matched: null, failure: null },
  };
}

const check: Check = {
  ...{ host: 'api.example.com', port: 443, verdict: 'mismatch', pins: [{ pin, seen: true }], findings: [] },
  endpoints: Array.from({ length: 40 }, (_, index) =>
    endpoint(`192.0.2.${index}`, index === 7 ? 'mismatch' : 'match'),
  ),
};

test('a check that fits is left as it is', () => {
  expect(abridged(check, 10_000_000)).toBe(check);
});

test('bad endpoints are shortened last, and what is judged stays', () => {
  const short = abridged(check, 100_000);
  expect(JSON.stringify(short).length).toBeLessThanOrEqual(100_000);
  expect(short.endpoints[7]).toEqual(check.endpoints[7]);
  expect(short.endpoints.map(({ address, verdict }) => [address, verdict])).toEqual(
    check.endpoints.map(({ address, verdict }) => [address, verdict]),
  );
});

test('without room for names, the pins of the paths are kept', () => {
  const shortest = abridged(check, 1_000);
  expect(JSON.stringify(shortest).length).toBeLessThan(JSON.stringify(check).length / 10);
  for (const { path, presented } of shortest.endpoints) {
    expect(presented).toEqual([]);
    expect(path.map((entry) => entry.pin)).toEqual([pin, pin, pin, pin, pin]);
  }
});

test('pin sets that match lose their pins before those that do not', () => {
  const set = (name: string, verdict: CheckedEndpoint['verdict']) => {
    const pins = Array.from({ length: 300 }, () => ({ pin, seen: false }));
    return { name, appVersion: null, verdict, pins, until: null };
  };
  const pinSets = [set('old', 'mismatch'), set('new', 'match'), set('newer', 'match')];
  const short = abridged({ ...check, pinSets, endpoints: [] }, 30_000);
  expect(short.pinSets).toEqual([pinSets[0], { ...pinSets[1], pins: [] }, { ...pinSets[2], pins: [] }]);
});
