import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { parseDocumentText } from '../../src/config/document.ts';

test('plain values are those of the library, with aliases expanded', () => {
  const text = `
a: &a { k: [1, 2.5, true, null, text, "quoted"], __proto__: x }
b: [*a, *a]
1: &a one
c: *a
? &key d
: *key
`;
  expect(parseDocumentText(text)).toEqual({ ok: true, document: parse(text) });
});

test('any JSON value comes back unchanged', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(parseDocumentText(stringify(value))).toEqual({ ok: true, document: parse(stringify(value)) });
      expect(parseDocumentText(JSON.stringify(value))).toMatchObject({ ok: true });
    }),
  );
});

test('no text throws, and no problem quotes it', () => {
  const pieces = fc.constantFrom(
    'a: ',
    '- ',
    '&x ',
    '*x ',
    '!t ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '\n',
    '  ',
    '\t',
    '|',
    '%',
    '? ',
    '---\n',
    '\\u',
    'hunter2',
    ', ',
    ': ',
    '# ',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const result = parseDocumentText(parts.join(''));
      if (!result.ok) expect(result.problems.map(({ message }) => message).join()).not.toContain('hunter2');
    }),
    { numRuns: 2_000 },
  );
});

test('excessive nesting is refused', () => {
  expect(parseDocumentText(`accounts: ${'['.repeat(20_000)}`)).toEqual({
    ok: false,
    problems: [{ path: '', message: 'lists and maps are nested too deeply' }],
  });
});
