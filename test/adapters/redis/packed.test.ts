import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { packed, unpacked } from '../../../src/adapters/redis/packed.ts';
import { blankRecord, recordProbe } from '../../../src/core/record.ts';
import { judge } from '../../../src/core/verdict.ts';
import { intermediate, leaf, newLeaf, now, pinOf, rules, seen } from '../../support/observations.ts';

test('what was packed comes back, whatever it is', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(unpacked(packed(json))).toBe(json);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 150, maxLength: 3_000 }), (text) => {
      const json = JSON.stringify({ text });
      expect(unpacked(packed(json))).toBe(json);
    }),
  );
});

test('a quiet domain with two endpoints takes less than a kilobyte', () => {
  const pins = [leaf.pin, newLeaf.pin, pinOf('backup')];
  const looks = [
    seen({ presented: [leaf, intermediate] }),
    seen({ presented: [newLeaf, intermediate], keyType: 'rsa' }),
  ];
  const judgement = judge({ host: 'api.example.com', port: 443, pins }, looks, now, 0);
  const { record } = recordProbe(
    blankRecord,
    { account: 'acme', judgement, sweep: String(now), at: now },
    rules,
  );
  const json = JSON.stringify(record);
  expect(json.length).toBeGreaterThan(2_500);
  expect(packed(json).length).toBeLessThan(800);
});

test('what was not packed is taken as it is, and what is damaged is refused', () => {
  expect(unpacked(Buffer.from('{"a":1}'))).toBe('{"a":1}');
  expect(packed('{"a":1}').toString()).toBe('{"a":1}');
  const whole = packed(JSON.stringify({ text: 'x'.repeat(1_000) }));
  for (const damaged of [Buffer.from('z'), Buffer.from('zzzz'), whole.subarray(0, -2)]) {
    expect(() => unpacked(damaged)).toThrow('expected packed JSON');
  }
  // What claims to be endless ends at the bound.
  const bomb = packed(JSON.stringify('x'.repeat(8 * 1024 * 1024)));
  expect(() => unpacked(bomb)).toThrow('expected packed JSON');
});
