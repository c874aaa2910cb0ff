import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { parseDocumentText, parsingDocument } from '../../src/config/document.ts';
import { atOnce } from '../../src/config/turns.ts';

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

/** In pieces of a single entry. */
const inPieces = (text: string) => atOnce(parsingDocument(text, 1));

test('a file that is parsed piece by piece has the same values', () => {
  const text = `# comment
x-pins: &pins [one, two]
accounts:   # all of them
  acme: &acme
    contacts: [a@example.com]
    domains:
    - host: a.example.com
      pins: *pins

    # between two
    - { host: b.example.com, pins: &own [three] }
    - host: c.example.com
      pins: *own
      note: |
        domains:
          - host: not.example.com
  "quoted":
    domains:
      - &first
        host: "d.example.com"
      -
        <<: *first
        port: 8443
  <<: { third: { domains: [] } }
  copy: *acme
domains:
- top
`;
  const parsed = inPieces(text);
  expect(parsed).toEqual(parseDocumentText(text));
  expect(parsed).toMatchObject({
    document: {
      accounts: {
        acme: {
          domains: [
            { pins: ['one', 'two'] },
            { pins: ['three'] },
            { note: expect.stringContaining('not.example') },
          ],
        },
        quoted: { domains: [{}, { host: 'd.example.com', port: 8443 }] },
      },
      domains: ['top'],
    },
  });
});

test('a problem in a file that is parsed piece by piece has its line', () => {
  const text = 'accounts:\n  a:\n    domains:\n      - host: a\n      - host: b\n        host: c\n';
  expect(inPieces(text)).toEqual({
    ok: false,
    problems: [{ path: '', message: 'line 6, column 9: duplicate key' }],
  });
});

test('a block scalar may go on after the last line of a list', () => {
  const text = 'domains:\n  - a: >\n\t';
  expect(inPieces(text)).toEqual(parseDocumentText(text));
});

test('whatever a file contains, it makes no difference whether it is parsed piece by piece', () => {
  const indent = fc.constantFrom('', '', '  ', '    ', '      ', '        ', '\t');
  const content = fc.constantFrom(
    ...['accounts:', 'domains:', 'acme:', 'other:', 'domains: # all', 'domains: &a', 'domains: |', 'x: >-'],
    ...['- host: a', '- host: *a', '- &a host', '- *a', '-', '- - b', '- "open', 'close"', "- 'it", '- [a,'],
    ...['b]', '- {a: 1', '}', '# comment', '', '', 'host: b', 'x: &a [1]', '<<: *a', '? key', ': value'],
    ...['---', '...', '%YAML 1.1', '- |', '- a: >', 'text', '"domains":', '- !t x', 'domains: []'],
  );
  const line = fc.tuple(indent, content).map((parts) => parts.join(''));
  const known = 'accounts:\n  acme:\n    domains:\n      - host: a\n';
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 12 }),
      fc.boolean(),
      fc.constantFrom('\n', '\r\n'),
      (lines, after, end) => {
        const text = `${after ? known : ''}${lines.join('\n')}`.replaceAll('\n', end);
        expect(inPieces(text)).toEqual(parseDocumentText(text));
      },
    ),
    { numRuns: 5_000 },
  );
});
