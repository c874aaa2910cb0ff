import { expect, test } from 'vitest';
import { ineffective } from '../../src/config/ineffective.ts';
import { configOf, pin } from './parsing.ts';

const real = 'sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';
const mail = { smtp: 'smtp://mail.acme.test', from: 'pinwatch@acme.test' };

function placesOf(
  contacts: readonly string[],
  pins: Record<string, readonly string[]>,
  more: object = { mail },
) {
  const domains = Object.entries(pins).map(([host, pins]) => ({ host, pins }));
  return ineffective(configOf({ accounts: { acme: { contacts, domains } }, ...more }));
}

test('values of its own give no warning', () => {
  const contacts = ['a@acme.test', 'b@notexample.com', 'c@example.com.test', 'example@acme.test'];
  expect(placesOf(contacts, { 'api.acme.test': [real], 'bare.acme.test': [] })).toEqual([]);
});

test('each reserved address is named', () => {
  const reserved = [
    'a@example.com',
    'b@mail.example.net',
    'c@EXAMPLE.org',
    'd@acme.example',
    'e@acme.invalid',
  ];
  const found = placesOf([...reserved, 'f@acme.test'], {});
  expect(found.map(({ path }) => path)).toEqual(reserved.map(() => 'accounts.acme.contacts'));
});

test('example pins are one warning for each account, however many domains have them', () => {
  const pins = { 'a.acme.test': [real, pin], 'b.acme.test': [pin], 'c.acme.test': [real] };
  expect(placesOf(['a@acme.test'], pins)).toEqual([
    {
      path: 'accounts.acme',
      message:
        'a.acme.test has example pins, like 1 other domain, which match no key: "pinwatch check a.acme.test" shows those in use',
    },
  ]);
});

test('without a mail server, mail is not sent', () => {
  expect(placesOf(['a@acme.test'], {}, {}).map(({ path }) => path)).toEqual(['mail.smtp']);
});
