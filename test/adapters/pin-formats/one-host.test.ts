import { describe, expect, test } from 'vitest';
import { readPins } from '../../../src/adapters/pin-formats/read-pins.ts';
import type { ReadOptions } from '../../../src/flow/pin-formats.ts';
import { demanded, early, problemsOf, readCorpus, setOf, warningsOf } from './pin-file.ts';

const host = 'api.example.com';
const of = (path: string, options: ReadOptions = {}) => setOf(path, { host, ...options });
const problem = (path: string) => problemsOf(readCorpus(path, { host }))[0];

describe('http_certificate_pinning', () => {
  const file = (name: string) => `flutter-http-certificate-pinning/${name}`;

  test.each([
    ['openssl.dart', 'leaf A|B'],
    ['hex.dart', 'leaf A|B'],
    ['list.json', 'leaf A|B'],
    ['check.dart', 'leaf A'],
    ['side-by-side.dart', 'leaf A'],
  ])('%s pins certificates of the host alone', (name, expected) => {
    expect(demanded(of(file(name)), host)).toBe(expected);
    expect(demanded(of(file(name)), `b.${host}`)).toBe('open');
  });

  test.each([
    ['base64.dart', /^1:33 .*older versions hashed keys: name the version/],
    ['sha1.dart', /^1:33 .*this is SHA-1/],
    ['no-literal.dart', /^1:101 not a literal/],
    ['template.dart', /^1:101 not a literal/],
    ['two-lists.dart', /^2:16 this is a second list/],
    ['no-list.dart', /^1:1 expected a list of fingerprints/],
    ['short.dart', /^1:101 .*no certificate ever matches it/],
  ])('refused: %s', (name, expected) => {
    expect(problem(file(`refused/${name}`))).toMatch(expected);
  });
});

describe('HPKP', () => {
  const file = (name: string) => `hpkp/${name}.txt`;

  test.each([
    ['header', host, 'path a|b'],
    ['header', `b.${host}`, 'open'],
    ['value', `b.${host}`, 'path a|b'],
    ['report-only', host, 'observed path a|b'],
    ['other-algorithm', host, 'path a|b'],
    ['unpins', host, 'open'],
  ])('%s: %s', (name, of1, expected) => {
    expect(demanded(of(file(name)), of1)).toBe(expected);
  });

  test('the first field of each name counts, and each is a set', () => {
    const read = readCorpus(file('both'), { host });
    expect(read.ok && read.sets.map((set) => `${set.suffix} ${demanded(set, host)}`)).toEqual([
      'enforced path a|b',
      'report-only observed path c|d',
    ]);
  });

  test('max-age counts from when the header was received', () => {
    const set = of(file('value'), { receivedAt: early });
    expect(demanded(set, host, early + 59_999)).toBe('path a|b');
    expect(demanded(set, host, early + 60_000)).toBe('open');
    expect(warningsOf(readCorpus(file('value'), { host, receivedAt: early }))).toEqual([]);
    expect(warningsOf(readCorpus(file('value'), { host }))).toEqual([
      expect.stringContaining('--received says when "max-age" began'),
    ]);
  });

  test.each([
    ['no-backup', /^1:17 no backup pin/],
    ['no-max-age', /^1:17 expected "max-age"/],
    ['max-age', /^1:136 max-age: expected seconds, found "soon"/],
    ['twice', /^1:148 "max-age" is given twice/],
    ['no-quotes', /no backup pin/],
    ['hex', /no backup pin/],
    ['no-directive', /^1:148 expected a directive/],
  ])('refused: %s', (name, expected) => {
    expect(problem(file(`refused/${name}`))).toMatch(expected);
  });
});

describe('curl', () => {
  test.each([
    ['option.sh', 'leaf a|b'],
    ['value.txt', 'leaf a|b'],
    ['curlrc.txt', 'leaf a'],
  ])('%s', (name, expected) => {
    expect(demanded(of(`curl/${name}`), host)).toBe(expected);
  });

  test.each([
    ['file.sh', /^1:1 expected sha256\/\/ and a hash/],
    ['trailing-semicolon.txt', /^1:9 .*no key ever matches it/],
    ['one-slash.txt', /^1:9 .*no key ever matches it/],
    ['hex.txt', /^1:9 .*no key ever matches it/],
    ['two-options.sh', /^2:21 this is a second option/],
  ])('refused: %s', (name, expected) => {
    expect(problem(`curl/refused/${name}`)).toMatch(expected);
  });
});

test.each(['flutter-http-certificate-pinning/list.json', 'hpkp/header.txt', 'curl/value.txt'])(
  '%s: without a host it is refused',
  (path) => {
    expect(problemsOf(readCorpus(path))[0]).toMatch(
      /^1:1 .* names no host: say which one it is for, with --host$/,
    );
    expect(problemsOf(readCorpus(path, { host: 'a b' }))[0]).toMatch(
      /^1:1 --host: expected a host name, found "a b"$/,
    );
  },
);

test.each([
  ['white space', `pin-sha256="x"${' '.repeat(500_000)}"`],
  ['lines', `${'\n'.repeat(500_000)}Public-Key-Pins: x`],
  ['quotes', `pin-sha256=${'"\\'.repeat(250_000)}`],
  ['brackets', `allowedSHAFingerprints ${'['.repeat(500_000)}`],
  ['escapes', `{"publicKeyHashes": "${'\\"'.repeat(400_000)}`],
  ['commas', `['${'AB:'.repeat(31)}AB'${', '.repeat(300_000)}`],
])('a megabyte of %s is refused, and takes no time that grows with its square', (_what, text) => {
  expect(readPins(text, { host }).ok).toBe(false);
});
