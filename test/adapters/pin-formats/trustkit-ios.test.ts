/** What TrustKit for iOS does, from its source: parse_configuration.m, configuration_utils.m, TSKPinningValidator.m. */
import { expect, test } from 'vitest';
import { demanded, problemsOf, readCorpus, setOf, warningsOf } from './pin-file.ts';

test.each<[string, Readonly<Record<string, string>>]>([
  ['info-plist', { 'example.com': 'path a|b', 'x.example.com': 'open' }],
  ['dictionary-alone', { 'example.com': 'path a|b' }],
  ['subdomains', { 'x.example.com': 'path a|b', 'a.example.com': 'path c|d', 'x.a.example.com': 'path c|d' }],
  ['observed', { 'example.com': 'observed path a' }],
  [
    'observed-as-string',
    {
      'example.com': 'observed path a',
      'enforced.example.com': 'path a|b',
      'number.example.com': 'observed path a',
    },
  ],
  ['exclusion', { 'open.example.com': 'open', 'x.open.example.com': 'path a|b' }],
  ['upper-case', { 'api.example.com': 'open' }],
  ['algorithms', { 'example.com': 'path a|b' }],
  ['expiration-no-date', { 'example.com': 'path a|b' }],
])('%s', (file, hosts) => {
  const set = setOf(`trustkit-ios/${file}.plist`);
  for (const [host, demand] of Object.entries(hosts)) expect(demanded(set, host), host).toBe(demand);
});

test('open from midnight UTC of the day on', () => {
  const set = setOf('trustkit-ios/expiration.plist');
  const end = Date.parse('2026-12-31T00:00:00Z');
  expect(demanded(set, 'example.com', end - 1)).toBe('path a|b');
  expect(demanded(set, 'example.com', end)).toBe('open');
});

const fewer = (least: number, domain = 'example.com') =>
  `"TrustKit was initialized with less than ${least} pins (ie. no backup pins) for domain ${domain}. `;

test.each([
  ['one-hash', `15:9 ${fewer(2)}`],
  ['same-hash-twice', `15:9 ${fewer(2)}`],
  ['no-hash-observed', `17:9 ${fewer(1)}`],
  ['no-hashes', `13:7 ${fewer(2)}`],
  ['hash-too-short', '17:11 "TrustKit was initialized with an invalid Pin AAAA for domain example.com"'],
  ['hash-without-padding', '17:11 "TrustKit was initialized with an invalid Pin '],
  ['hash-no-string', '17:11 "TrustKit was initialized with an invalid Pin a number for domain example.com"'],
  [
    'exclusion-with-more',
    '23:7 "TrustKit was initialized with TSKExcludeSubdomainFromParentPolicy for domain open.example.com but detected',
  ],
  [
    'exclusion-without-parent',
    '21:7 "TrustKit was initialized with TSKExcludeSubdomainFromParentPolicy for domain open.example.com but could not',
  ],
  ['exclusion-misspelt', `23:7 ${fewer(2, 'open.example.com')}`],
  ['no-domains', '12:5 "TrustKit was initialized with no pinned domains.'],
  ['no-domains-key', '6:3 "TrustKit was initialized with no pinned domains.'],
  ['one-label', '13:7 "TrustKit was initialized with an invalid domain localhost"'],
])('refuses %s, as TrustKit says it', (file, says) => {
  const problems = problemsOf(readCorpus(`trustkit-ios/refused/${file}.plist`));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(says.replace(' "', ' TrustKit stops the app at its start: "'));
});

test('a misspelt exclusion gets the right key', () => {
  const [problem] = problemsOf(readCorpus('trustkit-ios/refused/exclusion-misspelt.plist'));
  expect(problem).toMatch(/: the key of an exclusion is spelt kSKExcludeSubdomainFromParentPolicy$/);
});

test('refuses a date where TrustKit expects a string', () => {
  expect(problemsOf(readCorpus('trustkit-ios/refused/expiration-date.plist'))).toEqual([
    '16:9 TSKExpirationDate: expected a string such as 2027-01-31, found a date',
  ]);
});

test.each([
  ['upper-case', '13:7 "API.example.com" is a literal that matches nothing: no host has this name'],
  [
    'expiration-no-date',
    '16:9 TSKExpirationDate "soon" is not of the form yyyy-MM-dd: TrustKit ignores it, and the pins hold for ever',
  ],
])('warns of %s', (file, warning) => {
  expect(warningsOf(readCorpus(`trustkit-ios/${file}.plist`))).toEqual([warning]);
});
