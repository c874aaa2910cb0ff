/** What TrustKit for Android does, from its source: TrustKitConfigurationParser.java and DomainPinningPolicy.java. */
import { expect, test } from 'vitest';
import { demanded, problemsOf, readCorpus, setOf, warningsOf } from './pin-file.ts';

test.each<[string, Readonly<Record<string, string>>]>([
  ['enforced', { 'example.com': 'path a|b', 'x.example.com': 'path a|b' }],
  ['not-enforced', { 'x.example.com': 'path a' }],
  ['inherited', { 'sub.example.com': 'path a|b' }],
  ['several-domains', { 'a.example.com': 'path a|b', 'b.example.com': 'path a|b' }],
  ['report-uris', { 'example.com': 'path a|b' }],
])('%s: as Android enforces it', (file, hosts) => {
  const set = setOf(`trustkit-android/${file}.xml`);
  for (const [host, demand] of Object.entries(hosts)) expect(demanded(set, host), host).toBe(demand);
});

const fewer = (domain: string) =>
  `"Less than two pins were supplied for domain ${domain}. This might brick your App; `;

test.each([
  ['one-pin', `8:5 ${fewer('example.com')}`],
  ['same-pin-twice', `9:5 ${fewer('example.com')}`],
  ['one-pin-inherited', `10:5 ${fewer('sub.example.com')}`],
  [
    'no-pin',
    '6:5 "An empty pin-set was supplied for domain example.com with the enforcePinning set to true. ',
  ],
  ['no-domain-name', '4:5 "Tried to pin an invalid domain: localhost"'],
  ['report-uri', '9:44 "java.net.MalformedURLException: reports.example.com"'],
  ['digest-lower-case', '6:7 "Unexpected digest value: sha-256"'],
])('refuses %s, as TrustKit says it', (file, says) => {
  const problems = problemsOf(readCorpus(`trustkit-android/refused/${file}.xml`));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(says.replace(' "', ' TrustKit stops the app at its start: "'));
});

test('refuses what Android refuses', () => {
  expect(problemsOf(readCorpus('trustkit-android/refused/repeated-domain.xml'))).toEqual([
    '12:13 Android refuses the file: "example.com has already been specified"',
  ]);
});

test.each([
  [
    'not-enforced',
    '8:5 pinning is not enforced by TrustKit, but Android 7 and later enforces these pins: judged as enforced',
  ],
  [
    'several-domains',
    '5:5 before Android 7 TrustKit pins the last domain of a block alone: "b.example.com"; give each a block of its own',
  ],
])('warns of %s', (file, warning) => {
  expect(warningsOf(readCorpus(`trustkit-android/${file}.xml`))).toEqual([warning]);
});
