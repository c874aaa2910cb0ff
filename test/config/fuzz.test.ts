// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what the configuration replaces.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keys } from '../../src/config/keys.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { domainOf, outside, pin } from './parsing.ts';

const scalar = fc.oneof(
  fc.constantFrom(
    null,
    '',
    'api.example.com',
    '10s',
    pin,
    '${A}',
    '${B',
    '127.0.0.1:1',
    'a@example.com',
    'rsa',
  ),
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.boolean(),
);
const anyKey = fc.constantFrom(...new Set(Object.values(keys).flat()), '__proto__', 'x');
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(anyKey, tie('tree'), { maxKeys: 6 }),
  ),
}));
const document = fc.record(
  {
    accounts: fc.oneof(
      tree,
      fc.dictionary(
        fc.constantFrom('acme', 'b', '__proto__'),
        fc.dictionary(
          fc.constantFrom(...keys.account),
          fc.array(fc.dictionary(fc.constantFrom(...keys.domain), tree)),
        ),
      ),
    ),
    ...Object.fromEntries(keys.root.slice(0, -1).map((key) => [key, tree])),
  },
  { requiredKeys: [] },
);

test('parsing ends in a configuration or in problems, and never shows a secret', () => {
  fc.assert(
    fc.property(fc.oneof(document, fc.anything()), (input) => {
      const result = parseConfig(input, outside({ A: 'hunter2' }));
      if (result.ok) return;
      expect(result.problems.length).toBeGreaterThan(0);
      for (const { message } of result.problems) {
        expect(message).not.toMatch(/hunter2|\p{Cc}|undefined|\[object/u);
      }
    }),
    { numRuns: 100 },
  );
});

test('valid input is read as intended', () => {
  const valid = fc.record({
    host: fc.oneof(fc.domain(), fc.ipV4()),
    port: fc.integer({ min: 1, max: 65_535 }),
    pins: fc.uniqueArray(
      fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
      { maxLength: 5 },
    ),
  });
  fc.assert(
    fc.property(valid, (domain) => {
      expect(domainOf(domain)).toEqual({
        host: domain.host.toLowerCase(),
        port: domain.port,
        pins: domain.pins.map((hex) => `sha256/${Buffer.from(hex, 'hex').toString('base64')}`),
        provisionedBy: 'config/pinwatch.yaml',
      });
    }),
  );
});
