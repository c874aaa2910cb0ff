/** OkHttp's CertificatePinner.kt; what 3.13 does on real connections is compared in differential/. */
import { expect, test } from 'vitest';
import { demanded, problemsOf, readCorpus, setOf, warningsOf } from './pin-file.ts';

test.each<[string, Readonly<Record<string, string>>]>([
  ['kotlin.kt', { 'api.example.com': 'path a|b', 'x.api.example.com': 'open', 'example.com': 'open' }],
  ['java.java', { 'api.example.com': 'path a|b' }],
  ['one-label.kt', { 'api.example.com': 'path a', 'x.api.example.com': 'open', 'example.com': 'open' }],
  ['united.kt', { 'api.example.com': 'path a|b', 'x.example.com': 'path a' }],
  ['comments.kt', { 'api.example.com': 'path a' }],
  ['raw-strings.kt', { 'api.example.com': 'path a' }],
  ['variable.java', { 'api.example.com': 'path a' }],
  ['apply.kt', { 'api.example.com': 'path a', 'login.example.com': 'path b' }],
  ['international.kt', { 'xn--bcher-kva.example': 'path a' }],
  ['no-padding.kt', { 'api.example.com': 'path a' }],
  ['trailing-dot.kt', { 'api.example.com': 'open' }],
  ['host-without-pins.kt', { 'api.example.com': 'open', 'login.example.com': 'path a' }],
  ['failure.txt', { 'api.example.com': 'path a|b', 'example.com': 'open' }],
  ['failure-in-log.txt', { 'api.example.com': 'path a' }],
])('%s', (file, hosts) => {
  const set = setOf(`okhttp/${file}`);
  for (const [host, demand] of Object.entries(hosts)) expect(demanded(set, host), host).toBe(demand);
});

/** CertificatePinner.Pin.matchesHostname of each version. */
test.each([
  ['3.13.1', 'open'],
  ['4.2.2', 'open'],
  ['4.3.0', 'path a'],
  ['5.1.0', 'path a'],
])('any-depth.kt with OkHttp %s', (okhttp, demand) => {
  const set = setOf('okhttp/any-depth.kt', { okhttp });
  for (const host of ['example.com', 'api.example.com', 'x.api.example.com'])
    expect(demanded(set, host), host).toBe(demand);
  expect(demanded(set, 'anexample.com')).toBe('open');
});

const literal = 'not a literal: expected a string in quotes, because the source is read, not run';

test.each<[string, string[]]>([
  [
    'any-depth.kt',
    ['1:33 "**.example.com" pins every host below example.com from OkHttp 4.3 on, and no host before'],
  ],
  ['refused/constant.kt', [`4:29 ${literal}`]],
  ['refused/constant-host.java', [`2:10 ${literal}`]],
  ['refused/concatenation.java', [`2:10 ${literal}`, `2:27 ${literal}`]],
  ['refused/template.kt', [`2:29 ${literal}`]],
  ['refused/list.kt', [`2:29 ${literal}`]],
  ['refused/sha1.kt', ['2:29 "sha1/BOGUSPINBOGUSPINBOGUSPINBOG=" is a SHA-1 hash']],
  ['refused/no-prefix.kt', [`2:29 OkHttp refuses it: "pins must start with 'sha256/' or 'sha1/': `]],
  ['refused/no-base64.kt', ['2:29 OkHttp refuses it: "Invalid pin hash: sha256/']],
  ['refused/short-hash.kt', ['2:29 "sha256/AAAA" is no SHA-256 hash: expected 32 bytes, found 3']],
  [
    'refused/asterisk-inside.kt',
    ['2:10 OkHttp 4.3 and later refuses it: "Unexpected pattern: api.*.example.com"'],
  ],
  ['refused/url.kt', ['2:10 OkHttp refuses it: "Invalid pattern: https://api.example.com"']],
  ['refused/no-call.kt', ['1:1 expected a call such as .add("api.example.com", "sha256/…"), found none']],
  ['refused/failure-sha1.txt', ['4:5 "sha1/BOGUSPINBOGUSPINBOGUSPINBOG=" is a SHA-1 hash']],
  [
    'refused/failure-without-pins.txt',
    ['3:3 expected the pins for api.example.com on the lines below, found none'],
  ],
])('refuses %s', (file, expected) => {
  const problems = problemsOf(readCorpus(`okhttp/${file}`));
  expect(problems.map((problem, index) => problem.slice(0, expected[index]?.length))).toEqual(expected);
});

test('warns of what pins nothing', () => {
  expect(warningsOf(readCorpus('okhttp/host-without-pins.kt'))).toEqual([
    '1:29 no pin is given for "api.example.com": it pins nothing',
  ]);
  expect(warningsOf(readCorpus('okhttp/trailing-dot.kt'))).toEqual([
    '1:33 "api.example.com." matches no host: OkHttp takes the dot at its end literally',
  ]);
  expect(warningsOf(readCorpus('okhttp/any-depth.kt', { okhttp: '3.13' }))).toEqual([
    '1:33 "**.example.com" matches no host: OkHttp 3.13 takes the asterisks literally',
  ]);
});
