/** What Apple's SecPolicy.c (parseNSPinnedDomains) and SecPolicyServer.c do, which can't be run here. */
import { expect, test } from 'vitest';
import { demanded, problemsOf, readCorpus, setOf, warningsOf } from './pin-file.ts';

const match = 'parseNSPinnedDomains: CFStringCompare(domainName, hostName, kCFCompareCaseInsensitive)';
const parent = 'parseNSPinnedDomains: CopyParentDomainNameFromHostName';
const both = 'SecPolicyAddATSpinningIfInfoSpecified';
const united = 'parseNSPinnedDomains: CFArrayAppendValue over all entries';

test.each<[string, Readonly<Record<string, string>>, string]>([
  ['info-plist', { 'example.com': 'leaf a|b', 'api.example.com': 'open' }, match],
  ['dictionary-of-ats', { 'example.com': 'leaf a' }, match],
  ['dictionary-alone', { 'example.com': 'leaf a' }, match],
  ['ca-list', { 'example.com': 'ca a|b' }, 'SecPolicyCheckCAspkiSHA256'],
  ['leaf-and-ca', { 'example.com': 'leaf a & ca b|c' }, both],
  ['subdomains', { 'example.com': 'ca a', 'api.example.com': 'ca a', 'x.api.example.com': 'open' }, parent],
  [
    'subdomains-string',
    { 'example.com': 'ca a', 'api.example.com': 'open' },
    'nsIncludesSubdomains == kCFBooleanTrue',
  ],
  ['united', { 'api.example.com': 'leaf a|b & ca c', 'x.example.com': 'leaf a & ca c' }, united],
  ['upper-case', { 'api.example.com': 'leaf a' }, match],
  ['wildcard', { 'api.example.com': 'open', 'example.com': 'leaf b' }, match],
  ['no-lists', { 'example.com': 'open' }, 'require_quiet(nsPinnedIdentities)'],
])('%s', (file, hosts) => {
  const set = setOf(`nspinneddomains/${file}.plist`);
  for (const [host, demand] of Object.entries(hosts)) expect(demanded(set, host), host).toBe(demand);
});

const exempt =
  "Identities is empty: Apple's comment says that this exempts the host, but its check refuses every server then";

test.each<[string, string[]]>([
  ['empty-list', [`15:9 NSPinnedLeaf${exempt}`]],
  ['both-lists-empty', [`15:9 NSPinnedLeaf${exempt}`, `17:9 NSPinnedCA${exempt}`]],
  ['digest-too-short', ['19:13 SPKI-SHA256-BASE64: expected 32 bytes in base64, found 3 bytes']],
  ['digest-hex', ['19:13 SPKI-SHA256-BASE64: expected 32 bytes in base64, found 48 bytes']],
  ['digest-with-prefix', ['19:13 SPKI-SHA256-BASE64: expected 32 bytes in base64, found "sha256/']],
  [
    'digest-missing',
    ['17:11 NSPinnedCAIdentities: expected a dictionary with the string "SPKI-SHA256-BASE64"'],
  ],
  [
    'identity-string',
    ['17:11 NSPinnedCAIdentities: expected a dictionary with the string "SPKI-SHA256-BASE64"'],
  ],
  ['list-no-array', ['16:9 NSPinnedCAIdentities: expected an array, found a dictionary']],
  ['domain-no-dictionary', ['14:7 "example.com": expected a dictionary, found an array, which iOS skips']],
  ['pinning-required', ['5:3 SecTrustPinningRequired takes the pins of NSPinnedDomains out of force']],
  ['key-twice', ['7:3 the key "NSPinnedDomains" stands twice in one dictionary']],
  ['key-without-value', ['5:3 expected a value for "NSPinnedDomains", found none']],
  ['unknown-element', ['6:3 a property list has no <set>']],
  ['two-values', ['8:1 expected one value in <plist>, found two']],
  ['binary', ['1:1 this is a binary property list: convert it with "plutil -convert xml1 -o - FILE"']],
  ['entity', ['2:120 a DTD subset is not accepted']],
])('refuses %s', (file, expected) => {
  const problems = problemsOf(readCorpus(`nspinneddomains/refused/${file}.plist`));
  expect(problems.map((problem, index) => problem.slice(0, expected[index]?.length))).toEqual(expected);
});

test.each([
  [
    'subdomains-string',
    '16:9 NSIncludesSubdomains: expected <true/>, found a string, which iOS takes for NO',
  ],
  ['wildcard', '13:7 "*.example.com" is a literal that matches nothing: no host has this name'],
  [
    'no-lists',
    '13:7 "example.com" has neither NSPinnedLeafIdentities nor NSPinnedCAIdentities: iOS does not pin it',
  ],
])('warns of %s', (file, warning) => {
  expect(warningsOf(readCorpus(`nspinneddomains/${file}.plist`))).toEqual([warning]);
});
