import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAccountName } from '../../src/core/account-name.ts';
import { parseMailAddress as parseWith } from '../../src/core/contact.ts';

const parseMailAddress = (text: string) => parseWith(text, domainToASCII);

test.each(['devops@example.com', 'o.n-call+pins@mail.example.com', 'root@localhost', "o'neill@Example.COM"])(
  '%s is a mail address',
  (text) => {
    expect(parseMailAddress(text)).toEqual({ ok: true, value: text });
  },
);

test.each([
  ['devops@bücher.example', 'devops@xn--bcher-kva.example'],
  ['DevOps@MÜNCHEN.Example', 'DevOps@xn--mnchen-3ya.example'],
  ['a@例え。テスト', 'a@xn--r8jz45g.xn--zckzah'],
  ['a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
])('%s is one with an internationalized domain, as A-labels', (text, value) => {
  expect(parseMailAddress(text)).toEqual({ ok: true, value });
});

test.each([
  ['', /found ""$/],
  ['devops', /found "devops"$/],
  ['@example.com', /found/],
  ['devops@', /the name is missing$/],
  ['a..b@example.com', /found/],
  ['a b@example.com', /found/],
  ['DevOps <devops@example.com>', /write the address alone, without a name and <>$/],
  ['a@example.com,b@example.com', /write one address for each entry$/],
  ['a@example.com\r\nBcc: b@example.com', /found "a@example.com\\r\\nBcc/],
  ['a@[192.0.2.1]', /expected letters/],
  ['a@192.0.2.1', /its last label is a number/],
  ['a@::1', /expected letters/],
  ['"a"@example.com', /found/],
  ['ü@example.com', /before the @ only ASCII is accepted$/],
  ['ü@bücher.example', /before the @ only ASCII is accepted$/],
  ['a＠bücher.example', /found/],
  ['a@bü cher.example', /expected letters/],
  ['a@bü<cher.example', /write the address alone/],
  ['a@\u202e.example', /not a valid internationalized domain name$/],
  [`a@${'ü'.repeat(70)}.example`, /a label has at most 63 characters/],
  [`${'a'.repeat(64)}@${'ü.'.repeat(23)}example`, /over 254 characters as A-labels$/],
  [`${'a'.repeat(65)}@example.com`, /over 64 characters before the @$/],
  [`a@${'b.'.repeat(150)}c`, /over 254 characters$/],
])('%j is none', (text, problem) => {
  expect(parseMailAddress(text)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
});

test('what is accepted is safe in a header', () => {
  const almost = fc.tuple(fc.string({ unit: 'binary' }), fc.domain()).map((parts) => parts.join('@'));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.emailAddress(), almost), (text) => {
      const address = parseMailAddress(text);
      if (address.ok) expect(address.value).toMatch(/^[!#-'*+\-./0-9=?A-Z^_`a-z{|}~]+@[A-Za-z0-9._-]+$/);
    }),
    { numRuns: 500 },
  );
});

test.each(['acme', '1', 'a.b_c-d', 'a'.repeat(63)])('%s is an account name', (text) => {
  expect(parseAccountName(text)).toEqual({ ok: true, value: text });
});

test.each(['', 'Acme', '-a', '.a', 'a b', 'a/b', 'a\n', 'ä', 'a'.repeat(64), '__proto__'])(
  '%j is none',
  (text) => {
    expect(parseAccountName(text).ok).toBe(false);
  },
);
