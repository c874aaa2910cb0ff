import { describe, expect, test } from 'vitest';
import { demanded, problemsOf, readCorpus, warningsOf } from './pin-file.ts';

const dayMs = 86_400_000;
const march = Date.parse('2027-03-01T00:00:00Z');

/** `android: path a|b`, for each set of a file. */
function demands(path: string, host: string, now?: number): string[] {
  const read = readCorpus(path);
  if (!read.ok) throw new Error(problemsOf(read).join('\n'));
  return read.sets.map((set) => `${set.suffix}: ${demanded(set, host, now)}`);
}

const both = (demand: string) => [`android: ${demand}`, `ios: ${demand}`];

describe('react-native-ssl-public-key-pinning', () => {
  const file = (name: string) => `rn-ssl-public-key-pinning/${name}.json`;

  test.each([
    ['exact', 'api.example.com', both('path a|b')],
    ['exact', 'b.api.example.com', both('open')],
    ['subdomains', 'example.com', both('path a|b')],
    ['subdomains', 'b.api.example.com', both('path a|b')],
    ['overlapping', 'api.example.com', ['android: path a|b|c|d', 'ios: path c|d']],
    ['overlapping', 'login.example.com', both('path a|b')],
    ['one-hash', 'api.example.com', ['android: path a']],
    ['no-hashes', 'login.example.com', ['android: path a|b']],
    ['no-hashes', 'api.example.com', ['android: open']],
    ['upper-case', 'api.example.com', ['android: path a|b', 'ios: open']],
    ['given-twice', 'api.example.com', both('path c|d')],
    ['byte-order-mark', 'api.example.com', both('path a|b')],
  ])('%s: %s', (name, host, expected) => {
    expect(demands(file(name), host)).toEqual(expected);
  });

  test('the date opens at midnight in UTC', () => {
    expect(demands(file('expiration'), 'api.example.com', march - 1)).toEqual(both('path a|b'));
    expect(demands(file('expiration'), 'api.example.com', march)).toEqual(both('open'));
  });

  test('what is otherwise than its author may think is told', () => {
    expect(warningsOf(readCorpus(file('one-hash')))).toEqual([
      '2:3 left out for iOS, where initializeSslPinning() rejects it: TrustKit wants two pins for "api.example.com"',
    ]);
    expect(warningsOf(readCorpus(file('unknown-option')))).toEqual([
      '3:5 "includeSubDomains" has no effect: expected one of includeSubdomains, publicKeyHashes, expirationDate',
    ]);
    expect(warningsOf(readCorpus(file('given-twice')))).toEqual([
      '8:3 "api.example.com" is given again: the last one counts',
    ]);
  });

  test.each([
    ['prefix', /^4:7 .*write the base64 alone/],
    ['hex', /^4:7 .*is no SHA-256 hash/],
    ['day-that-is-none', /^3:23 expected a day such as 2027-03-01, found "2027-02-30"/],
    ['other-date', /^3:23 .*found "2027-3-1"/],
    ['hashes-no-list', /^3:24 "api\.example\.com"\."publicKeyHashes": .*expected array/],
    ['flag-as-text', /^3:26 .*expected boolean/],
    ['comment', /^2:3 expected JSON: invalid comment token/],
    ['trailing-comma', /^2:139 expected JSON/],
    ['proto', /^2:3 "__proto__" is no name here/],
    ['deep', /^\d+:\d+ expected at most 50 levels/],
    ['cut', /^2:\d+ expected JSON/],
    ['wildcard', /^2:3 .*Unexpected pattern: \*\.\*\.example\.com/],
  ])('refused: %s', (name, expected) => {
    expect(problemsOf(readCorpus(file(`refused/${name}`)))[0]).toMatch(expected);
  });
});

describe('react-native-ssl-manager', () => {
  const file = (name: string) => `rn-ssl-manager/${name}.json`;

  test.each([
    ['plain', 'b.api.example.com', both('path a|b')],
    ['exact', 'api.example.com', both('open')],
    ['overlapping', 'api.example.com', ['android: path a|b|c|d', 'ios: path c|d']],
    [
      'audit',
      'api.example.com',
      ['android: path a|b', 'android-audit: observed path c', 'ios: observed path c'],
    ],
    ['all-audit', 'api.example.com', ['android-audit: observed path a', 'ios: observed path a']],
    ['one-pin', 'example.com', ['android: path a']],
    ['no-such-domain', 'api.example.com', both('path a|b')],
    ['report-uris', 'example.com', both('path a|b')],
  ])('%s: %s', (name, host, expected) => {
    expect(demands(file(name), host)).toEqual(expected);
  });

  test('the day ends pinning on iOS when it begins, and on Android when it is over', () => {
    const at = (now: number) => demands(file('expiration'), 'example.com', now);
    expect(at(march - 1)).toEqual(both('path a|b'));
    expect(at(march)).toEqual(['android: path a|b', 'ios: open']);
    expect(at(march + dayMs)).toEqual(both('open'));
  });

  test.each([
    ['no-keys', /^2:17 "sha256Keys": .*expected record/],
    ['no-hosts', /^2:17 expected at least one host/],
    ['no-pins', /^3:5 "example\.com" has no pin/],
    ['no-prefix', /^4:7 .*pins must start with/],
    ['sha1', /^3:21 .*SHA-1/],
    ['no-padding', /^3:21 expected sha256\/ and 44 base64 characters/],
    ['date', /^10:25 expected a day/],
  ])('refused: %s', (name, expected) => {
    expect(problemsOf(readCorpus(file(`refused/${name}`)))[0]).toMatch(expected);
  });
});
