import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseHostName } from '../../src/core/target.ts';
import { toAscii } from '../../src/wire/to-ascii.ts';

test.each([
  ['bücher.example', 'xn--bcher-kva.example'],
  ['例え.テスト', 'xn--r8jz45g.xn--zckzah'],
  ['xn--a\u0000é', ''],
])('%s: %s', (name, ascii) => {
  expect(toAscii(name)).toBe(ascii);
});

test('a host name is read as with Node’s own conversion', () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.oneof(
          fc.constantFrom('a', '.', '-', 'é', 'ß', '。'),
          fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        ),
        maxLength: 20,
      }),
      (name) => {
        expect(parseHostName(name, toAscii)).toEqual(parseHostName(name, domainToASCII));
      },
    ),
    { numRuns: 5_000 },
  );
});
