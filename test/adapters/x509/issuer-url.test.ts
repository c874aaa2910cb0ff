import { expect, test } from 'vitest';
import { createRoot, type IssueOptions } from '../../../lab/authority.ts';
import { issuerAt } from '../../../lab/extensions.ts';
import { describeCertificate, openCertificate } from '../../../src/adapters/x509/decode.ts';

const root = createRoot();
const urlOf = (options: IssueOptions) =>
  describeCertificate(openCertificate(root.leaf(options).der)).issuerUrl;

test('a certificate says where its issuer’s can be fetched, or nothing', () => {
  const url = 'http://ca.example.com/issuing.der';
  expect(urlOf({ extensions: [issuerAt(url)] })).toBe(url);
  expect(urlOf({})).toBeUndefined();
});

test.each([
  ['another scheme', 'ldap://ca.example.com/cn=issuing'],
  ['a text that would be taken for a second entry', 'x\nCA Issuers - URI:http://evil.example.net/'],
  ['white space and quotes', 'http://ca.example.com/a "b'],
  ['one that is too long', `http://ca.example.com/${'a'.repeat(500)}`],
])('%s is ignored', (_, url) => {
  expect(urlOf({ extensions: [issuerAt(url)] })).toBeUndefined();
});

test('an extension that cannot be read says nothing', () => {
  const broken = { ...issuerAt('http://ca.example.com/'), value: Buffer.from('3003060301', 'hex') };
  expect(urlOf({ extensions: [broken] })).toBeUndefined();
});
