import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readPins } from '../../../src/adapters/pin-formats/read-pins.ts';
import { made } from './made-pins.ts';
import { demanded, early, problemsOf, readCorpus, setOf, warningsOf } from './pin-file.ts';

const host = 'api.example.com';

describe('Wultra', () => {
  const entries = setOf('wultra/entries.json');

  test('the common name of the leaf decides, to the letter, whatever the host', () => {
    expect(demanded(entries, host, early, host)).toBe('leaf A|B');
    expect(demanded(entries, 'other.example.com', early, 'Example Server')).toBe('leaf C');
    expect(demanded(entries, host, early, 'API.example.com')).toBe('open');
  });

  test('after the end of the last entry, apps connect no more', () => {
    expect(demanded(entries, host, 1_798_761_600_000, host)).toBe('leaf A');
    expect(demanded(entries, host, 1_893_456_000_000, host)).toBe('closed');
  });

  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const fingerprint = made('a').slice('sha256/'.length);
  const signed = (text: string) => sign('sha256', Buffer.from(text), privateKey).toString('base64');
  const file = (signature: string) =>
    JSON.stringify({ fingerprints: [{ name: host, fingerprint, expires: 1_893_456_000, signature }] });
  const keys = {
    PEM: String(publicKey.export({ type: 'spki', format: 'pem' })),
    'its point': publicKey.export({ type: 'spki', format: 'der' }).subarray(-65).toString('base64'),
  };

  test.each(Object.entries(keys))('the signature covers name, fingerprint and end: key as %s', (_as, key) => {
    const good = readPins(file(signed(`${host}&${fingerprint}&1893456000`)), { publicKey: key });
    expect(good).toMatchObject({
      ok: true,
      warnings: [{ message: expect.not.stringContaining('signatures') }],
    });
    const asInReadme = readPins(file(signed(`${host}&1893456000&${fingerprint}`)), { publicKey: key });
    expect(problemsOf(asInReadme)).toEqual([
      expect.stringMatching(/^1:\d+ "api\.example\.com": the signature is not of this key/),
    ]);
    expect(readPins(file(''), { publicKey: key }).ok).toBe(false);
  });

  test('a key that is none', () => {
    expect(problemsOf(readPins(file(''), { publicKey: 'x' }))[0]).toMatch(
      /^1:1 --public-key: expected a P-256 key/,
    );
  });

  test('without the key it is told that nothing was verified', () => {
    expect(warningsOf(readCorpus('wultra/entries.json'))[0]).toMatch(/^1:1 the signatures are not checked/);
  });

  test.each([
    ['hex', /^5:22 expected the base64 of a SHA-256 hash/],
    ['no-end', /^3:5 .*"expires"/],
    ['milliseconds-as-text', /^6:18 .*expected number/],
    ['no-list', /^2:20 .*expected object/],
  ])('refused: %s', (name, expected) => {
    expect(problemsOf(readCorpus(`wultra/refused/${name}.json`))[0]).toMatch(expected);
  });
});

describe('PinVault', () => {
  test.each([
    ['hosts', 'api.example.com', 'leaf a|b'],
    ['hosts', 'login.example.com', 'leaf c|d'],
    ['hosts', 'b.login.example.com', 'open'],
    ['hosts', 'example.com', 'open'],
    ['signed', 'api.example.com', 'leaf a|b'],
    ['given-twice', 'api.example.com', 'leaf c|d'],
    ['below-top-level', 'example.com', 'open'],
  ])('%s: %s', (name, of, expected) => {
    const set = setOf(`pinvault/${name}.json`);
    expect(demanded(set, of)).toBe(expected);
    expect(set.trust).toBe('none');
  });

  test('hosts that are not listed are told', () => {
    expect(warningsOf(readCorpus('pinvault/hosts.json'))).toEqual([
      '1:1 a host that is not listed is refused by the app; that is not judged',
    ]);
  });

  test.each([
    ['one-pin', /^3:5 .*At least 2 pins required/],
    ['no-hosts', /^1:\d+ "pins": /],
    ['prefix', /^6:9 .*expected 44 base64 characters/],
    ['blank', /^5:66 .*found ""/],
    ['signed-one-pin', /^2:14 .*At least 2 pins required/],
    ['signed-no-json', /^2:14 expected JSON/],
  ])('refused: %s', (name, expected) => {
    expect(problemsOf(readCorpus(`pinvault/refused/${name}.json`))[0]).toMatch(expected);
  });
});

describe('ssl-pinning', () => {
  test('the keys of a name count together; what is left is kept only with the date', () => {
    expect(demanded(setOf('ssl-pinning/same-host.json'), host)).toBe('leaf a|b');
    const set = setOf('ssl-pinning/keys.json');
    expect(demanded(set, host, early + 86_400_000)).toBe('leaf a');
    expect(demanded(set, host, early + 86_400_124)).toBe('open');
    expect(demanded(set, 'login.example.com', early + 10 ** 12)).toBe('leaf b');
  });

  test.each([
    ['no-key', /^4:7 expected the base64/],
    ['hex', /^7:16 expected the base64/],
    ['no-name', /^4:7 .*"fqdn"/],
  ])('refused: %s', (name, expected) => {
    expect(problemsOf(readCorpus(`ssl-pinning/refused/${name}.json`))[0]).toMatch(expected);
  });
});

describe('Approov', () => {
  test.each([
    ['pins', host, 'path a|b'],
    ['pins', 'example.com', 'open'],
    ['by-type', host, 'path a|b'],
    ['managed-roots', host, 'path c|d'],
    ['managed-roots', 'login.example.com', 'path a'],
    ['unpinned', host, 'open'],
  ])('%s: %s', (name, of, expected) => {
    expect(demanded(setOf(`approov/${name}.json`), of)).toBe(expected);
  });

  test.each([
    ['hex', /^3:25 .*is no SHA-256 hash/],
    ['no-list', /^1:1 expected an object with a list of pins/],
  ])('refused: %s', (name, expected) => {
    expect(problemsOf(readCorpus(`approov/refused/${name}.json`))[0]).toMatch(expected);
  });
});
