import { expect, test } from 'vitest';
import { isInFull } from '../../src/core/full-handshake.ts';

const hosts = Array.from({ length: 2_400 }, (_, index) => `api-${index}.example.com`);

test('one sweep in so many is in full for each host', () => {
  for (const host of hosts.slice(0, 50)) {
    const turns = Array.from({ length: 24 * 5 }, (_, turn) => turn).filter((turn) =>
      isInFull(host, turn, 24),
    );
    expect(turns).toHaveLength(5);
    expect(new Set(turns.map((turn) => turn % 24)).size).toBe(1);
  }
});

test('no sweep has much more of them than another', () => {
  for (let turn = 0; turn < 24; turn += 1) {
    const count = hosts.filter((host) => isInFull(host, turn, 24)).length;
    expect(count).toBeGreaterThan(50);
    expect(count).toBeLessThan(150);
  }
});

test('of one, every sweep is', () => {
  expect(hosts.every((host) => isInFull(host, 7, 1))).toBe(true);
});
