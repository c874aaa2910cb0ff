import { isIP } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalIp } from '../../src/core/ip.ts';

// RFC 5952, sections 4 and 5.
test.each([
  ['2001:0db8::0001', '2001:db8::1'],
  ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:DB8::AbCd', '2001:db8::abcd'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['::ffff:c000:20a', '::ffff:192.0.2.10'],
  ['::ffff:192.0.2.10', '::ffff:192.0.2.10'],
  ['64:ff9b::192.0.2.10', '64:ff9b::c000:20a'],
  ['192.0.2.10', '192.0.2.10'],
])('%s is written %s', (text, canonical) => {
  expect(canonicalIp(text)).toBe(canonical);
});

test.each([
  '',
  ':',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::8:9',
  '12345::',
  'g::',
  '::1%lo',
  '[::1]',
  '1.2.3.4::',
  '::1.2.3',
  '::1.2.3.256',
  '1.2.3.4.',
  '1.2.3',
  '01.2.3.4',
  '1.2.3.4\n',
])('%j is not an address', (text) => {
  expect(canonicalIp(text)).toBeNull();
});

test('agrees with node:net on what an address is, and with URL on how it is written', () => {
  const almost = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.stringMatching(/^[0-9a-f:]{2,20}$/),
    fc.stringMatching(/^(0{1,4}|[0-9a-f]{1,4})(:(0|[0-9a-f]{1,4})){7}$/),
    fc.stringMatching(/^::([0-9a-f]{1,4}:){0,6}\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/),
    fc.stringMatching(/^[0-9.]{7,15}$/),
  );
  fc.assert(
    fc.property(almost, (text) => {
      const canonical = canonicalIp(text);
      expect(canonical !== null).toBe(isIP(text) !== 0);
      if (canonical === null || !canonical.includes(':') || canonical.startsWith('::ffff:')) return;
      expect(`[${canonical}]`).toBe(new URL(`http://[${text}]`).hostname);
    }),
    { numRuns: 1_000 },
  );
});
