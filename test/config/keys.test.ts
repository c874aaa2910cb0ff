import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseAccounts } from '../../src/config/account-file.ts';
import { parseDocumentText } from '../../src/config/document.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { outside, pin } from './parsing.ts';

function document(yaml: string): unknown {
  const result = parseDocumentText(yaml);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.document;
}

const problemsOf = (yaml: string) => {
  const result = parseDocumentText(yaml);
  return result.ok ? [] : result.problems.map(({ message }) => message);
};

const acme = '{ contacts: [a@example.com], domains: [] }';

describe('a key is taken as written', () => {
  test.each(['00123', '1e3', '0x1f', '0o17', '123', '1_000', '1.0', 'true', 'null', '12.30', '2026-01-01'])(
    'an account %s',
    (name) => {
      const result = parseConfig(document(`accounts:\n  ${name}: ${acme}\n`), outside());
      expect(result).toMatchObject({ ok: true, config: { accounts: [{ name }] } });
      const applied = parseAccounts(document(acme), name, outside());
      expect(applied).toMatchObject({ ok: true, accounts: [{ name }] });
    },
  );

  test.each(['~', '-1', '.5', '.inf', '+1', 'True', '12:30:00', '0xFF', ''])(
    'an invalid account name is refused under that name: "%s"',
    (name) => {
      const result = parseConfig(document(`accounts:\n  ${name}: ${acme}\n`), outside());
      const path = /^[A-Za-z0-9_-]+$/.test(name) ? `accounts.${name}` : `accounts["${name}"]`;
      expect(result).toMatchObject({
        problems: [{ path, message: expect.stringContaining('expected an account name') }],
      });
    },
  );

  test('an alias of a key', () => {
    expect(document('a: &name 00123\n? *name\n: x\n')).toEqual({ a: 123, '00123': 'x' });
  });

  test('two spellings of one value are two keys, and a duplicate is refused', () => {
    expect(document('0x10: a\n16: b\n016: c\n')).toEqual({ '0x10': 'a', '16': 'b', '016': 'c' });
    expect(problemsOf('00123: a\n"00123": b\n')).toEqual(['line 2, column 1: duplicate key']);
    expect(problemsOf('null: a\nnull: b\n')).toEqual(['line 2, column 1: duplicate key']);
  });
});

describe('anchors', () => {
  test('may be placed under keys that start with x-', () => {
    const yaml = `
x-pins: &pins [${pin}]
x-domain: &domain { pins: *pins, keyTypes: [rsa] }
accounts:
  acme:
    contacts: [a@example.com]
    domains:
      - { host: a.example.com, <<: *domain }
`;
    const expected = { accounts: [{ domains: [{ host: 'a.example.com', pins: [pin], keyTypes: ['rsa'] }] }] };
    expect(parseConfig(document(yaml), outside())).toMatchObject({ ok: true, config: expected });
    expect(parseAccounts(document(yaml), undefined, outside())).toMatchObject({ ok: true, ...expected });
  });

  test('also in a file of one account', () => {
    const yaml = 'x-who: &who [a@example.com]\ncontacts: *who\ndomains: []\n';
    const expected = { ok: true, accounts: [{ name: 'acme', contacts: ['a@example.com'] }] };
    expect(parseAccounts(document(yaml), 'acme', outside())).toMatchObject(expected);
  });

  test('and nowhere else', () => {
    expect(parseConfig({ accounts: {}, http: { 'x-a': 1 } }, outside())).toMatchObject({
      problems: [{ path: 'http.x-a' }],
    });
  });
});

describe('<< merges', () => {
  test.each([
    ['a map', 'a: &a { x: 1, y: 2 }\nb: { <<: *a, y: 3 }'],
    ['a map before and after other keys', 'a: &a { x: 1, y: 2 }\nb: { y: 3, <<: *a, z: 4 }'],
    ['several, the first of which counts', 'a: &a { x: 1 }\nb: &b { x: 2, y: 3 }\nc: { <<: [*a, *b], z: 4 }'],
    ['what merged itself', 'a: &a { x: 1 }\nb: &b { <<: *a, y: 2 }\nc: { <<: *b }'],
    ['maps that are written in place', 'a: { <<: { x: 1 }, y: 2 }'],
    ['an empty list', 'a: { <<: [], y: 2 }'],
  ])('%s', (_, yaml) => {
    expect(document(yaml)).toEqual(parse(yaml, { merge: true }));
  });

  test('and says so if it cannot', () => {
    const message = '<< expects an alias of a map, or a list of them; quote it if it is a name';
    expect(problemsOf('a: &a [1]\nb: { <<: *a }\n')).toEqual([`line 2, column 6: ${message}`]);
    expect(problemsOf('b: { <<: 1 }\n')).toEqual([`line 1, column 6: ${message}`]);
    expect(problemsOf('a: &a { <<: *a }\n')).toEqual([
      'line 1, column 13: an alias refers to an anchor that is not complete before it',
      `line 1, column 9: ${message}`,
    ]);
  });

  test('in a YAML 1.1 file as well, in which more words are not text', () => {
    const yaml = '%YAML 1.1\n---\na: &a { on: 1 }\nb: { <<: *a, 010: 2, 12:30:00: 3 }\n';
    expect(document(yaml)).toEqual({ a: { on: 1 }, b: { on: 1, '010': 2, '12:30:00': 3 } });
  });

  test('a quoted one is a name', () => {
    expect(document('a: { "<<": { x: 1 } }')).toEqual({ a: { '<<': { x: 1 } } });
  });

  test('within the limit for a file', () => {
    const wide = Array.from({ length: 5_000 }, (_, at) => `k${at}: 1`).join(', ');
    const many = Array.from({ length: 5_000 }, () => '*a').join(', ');
    expect(problemsOf(`a: &a { ${wide} }\nb: { <<: [${many}] }\n`)).toEqual([
      'expected at most 5000000 values with all aliases expanded, found more',
    ]);
  });
});

test('any plain key comes back as it is written', () => {
  const plain = fc.stringMatching(/^[0-9.eExob_:+-]{1,12}$/).filter((key) => {
    const parsed = parseDocumentText(`${key}: 1`);
    return parsed.ok && !/^-|: |:$|^[?:]/.test(key);
  });
  fc.assert(
    fc.property(plain, (key) => {
      expect(document(`${key}: 1`)).toEqual({ [key]: 1 });
    }),
  );
});
