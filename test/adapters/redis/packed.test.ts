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
  expect(packed(json).length).toBeLessThan(640);
});

test('hashes come back as they were written, however many there are', () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
  const value = fc.oneof(
    hash.map((bytes) => `sha256/${bytes.toString('base64')}`),
    hash.map((bytes) => bytes.toString('hex')),
    // Not as this version would write it, and so not taken apart.
    hash.map((bytes) => `sha256/${bytes.toString('base64').replace(/.=$/, 'B=')}`),
    hash.map((bytes) => bytes.toString('hex').toUpperCase()),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(fc.array(value, { minLength: 10, maxLength: 200 }), (values) => {
      const json = JSON.stringify([...values, ...values]);
      expect(unpacked(packed(json))).toBe(json);
    }),
  );
});

test('what an earlier version packed is still read', () => {
  const former = Buffer.from(
    'erWYW1MaQRCF/0reuWR67mOVDyAgcnHVpYhQlYeZ2RkFFpQFBUn531MxlQS5LRjhdaa2l9N9vt46P47J89/vt4nn+rGXY3lt3+7nUN7N9fAxdh/DfFAcBYtKPEiGZ7o+TV7GQXHqS3dj1h6WdK00SG7iMED3mTlrnu5eCTe3zbEJ45q4rs0qc1ytdpNMplbotaTz5Un80qiq3jAYz/g47UmF/X+nuxdRdiuaQOE8yuM8fJRRq04FvNOrh+q8PN/6sZc3bmTvl1q97PPir7MvF0us+fLnj6z5HyCHRQvxE4pOyEYIIJzDrIXEvxubSOCtYJQYcMx4gnSEjJIICxdJ7jkIiw1RInKWW88IgDXeSISIF+AwxohswMTqGAwHDxP33Eiq9etiG1dCdta20JoF04uEzPsFWefd2aKVibu6vCbZDknWlXvbd0dXDCsuOVeaEEmUF4oQxijHnkrKDNEReIbAUZCCGmwt+Eg5qVjEFIqUV+IQsH72tKVD+UjNSi/cbxfOGTTQc2fMhLt8cJnuN1/t1Vm/KefuCcfhaHinaPQcyy2F37X/sxfJgZ1I3TnZdIglR0LYoYD/T4Qle9gRUu0I2+woNPbWYA3gJaVcaiAR4VZRr4ByyynSErQEJqyImMfYaoqJox4QV1iaPT6FwrCiRiY0cf++ocNpc7yIn+4q3Scaf30YLipXoGS1XL5qdweFfTyR7MLXkdXiWitvpZeG0Mh45Bk30jAExjLEIwCltbaCgrUOc+qoJhi7yCruBHgpNqi1FV6fPWfpDDlKo9LLFgMbXrrOYNEYyPmgVO8uOpNbfDOh1yHviKKots6bbBpX6mYnupKjgOvALqSC6/trdj0WEJxhwoDzbfnA0oX0oEAiwihgghBCqYlBdmdksFR3JTt4d7ISIvw9e5cmvP4E',
    'base64',
  );
  expect(JSON.parse(unpacked(former))).toMatchObject({ lastCheck: { verdict: 'match' }, backupPins: 1 });
});

test('what was not packed is taken as it is, and what is damaged is refused', () => {
  expect(unpacked(Buffer.from('{"a":1}'))).toBe('{"a":1}');
  expect(packed('{"a":1}').toString()).toBe('{"a":1}');
  const whole = packed(JSON.stringify({ text: 'x'.repeat(1_000) }));
  const texts = ['z', 'zzzz', 'y', 'yzzz'].map((text) => Buffer.from(text));
  for (const damaged of [...texts, whole.subarray(0, -2)]) {
    expect(() => unpacked(damaged)).toThrow('expected packed JSON');
  }
  // What claims to be endless ends at the bound.
  const bomb = packed(JSON.stringify('x'.repeat(8 * 1024 * 1024)));
  expect(() => unpacked(bomb)).toThrow('expected packed JSON');
});
