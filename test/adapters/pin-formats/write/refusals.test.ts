import { describe, expect, test } from 'vitest';
import { pinWriter } from '../../../../src/adapters/pin-formats/write/pin-writer.ts';
import type { HostPattern } from '../../../../src/core/host-pattern.ts';
import { pinFromHex } from '../../../../src/core/pin.ts';
import type { PinFormat } from '../../../../src/core/pin-format.ts';
import { certificatePinFromHex, type PinHash } from '../../../../src/core/pin-hash.ts';
import type { PinPlace, PinRule, PinRules } from '../../../../src/core/pin-set.ts';
import type { SeenKeys } from '../../../../src/core/seen-key.ts';
import type { WriteOptions } from '../../../../src/flow/write-pins.ts';

const [one, two, three] = ['1', '2', '3'].map((digit) => pinFromHex(digit.repeat(64))) as [
  never,
  never,
  never,
];
const certificate = certificatePinFromHex('c'.repeat(64));

const exact = (name: string): HostPattern => ({ kind: 'exact', name });
const deep = (name: string): HostPattern => ({ kind: 'any-depth', name });
const star = (name: string): HostPattern => ({ kind: 'one-label', name });

function rule(pattern: HostPattern, anyOf: readonly PinHash[] = [one, two], at: PinPlace = 'path'): PinRule {
  return { pattern, allOf: anyOf.length === 0 ? [] : [{ at, anyOf }], enforce: true };
}

function rules(...of: readonly PinRule[]): PinRules {
  return { resolution: 'most-specific', trust: 'platform', rules: of };
}

const seenAs = (...entries: readonly (readonly [string, 'leaf' | 'ca'])[]) =>
  new Map(
    entries.map(([pin, at]) => [pin, { at: new Set([at]), leaves: new Set([certificate]) }]),
  ) as unknown as SeenKeys;

function written(format: PinFormat, of: PinRules, options: Partial<WriteOptions> = {}) {
  return pinWriter.write(format, of, { seen: new Map(), ...options });
}

function problems(format: PinFormat, of: PinRules, options: Partial<WriteOptions> = {}): string {
  const result = written(format, of, options);
  return result.ok ? `written: ${result.text}` : result.problems.join('\n');
}

function textOf(format: PinFormat, of: PinRules, options: Partial<WriteOptions> = {}): string {
  const result = written(format, of, options);
  return result.ok ? result.text : `refused: ${result.problems.join('\n')}`;
}

const march = Date.UTC(2027, 2, 1);
const noonHours = 12 * 3_600_000;

// biome-ignore format: one line for each refusal
const refusals: readonly (readonly [string, PinFormat, PinRules, Partial<WriteOptions>, RegExp])[] = [
  ['nothing pinned', 'nsc', rules(rule(exact('a.example'), [])), {}, /^nothing is pinned$/],
  ['no trust store', 'nsc', { ...rules(rule(exact('a.example'))), trust: 'none' }, {}, /leaves the check of the chain in place/],
  ['pins of certificates', 'nsc', rules(rule(exact('a.example'), [certificate], 'leaf')), {}, /has pins of certificates, but Android pins keys/],
  ['the leaf alone', 'nsc', rules(rule(exact('a.example'), [one], 'leaf')), {}, /compares the leaf's key, but Android compares all keys of the path/],
  ['a wildcard for one label', 'nsc', rules(rule(star('a.example'))), {}, /^\*\.a\.example is pinned, but Android knows no wildcards/],
  ['two entries of one name', 'nsc', rules(rule(exact('a.example'), [one]), rule(deep('a.example'), [two])), {}, /a\.example has entries with different pins/],
  ['observing', 'nsc', rules({ ...rule(exact('a.example')), enforce: false }), {}, /only observed, but Android can only enforce/],
  ['a moment that is no midnight', 'nsc', rules({ ...rule(exact('a.example')), until: march, then: 'open' }), {}, /end at 2027-03-01T00:00:00\.000Z, but Android/],
  ['closed afterwards', 'nsc', rules({ ...rule(exact('a.example')), until: march + noonHours, then: 'closed' }), {}, /must not connect then/],
  ['a day that is none', 'nsc', rules(rule(exact('a.example'))), { expiration: '2027-02-30' }, /expected a day such as 2027-03-01, found "2027-02-30"/],
  ['a union of what meets', 'nsc', { ...rules(rule(exact('b.a.example'), [one]), rule(deep('a.example'), [two])), resolution: 'union' }, {}, /\*\*\.a\.example and b\.a\.example share hosts.*the more specific entry counts alone/],
  ['a common name', 'nsc', rules(rule({ kind: 'leaf-cn', name: 'a.example' })), {}, /is the common name of a certificate/],
  ['another alphabet', 'nsc', rules(rule(exact('a.example"><x'))), {}, /is not a host name in lower-case ASCII/],
  ['one pin', 'trustkit-android', rules(rule(exact('a.example'), [one])), {}, /has one pin, but TrustKit wants at least two/],
  ['one label', 'trustkit-ios', rules(rule(exact('localhost'))), {}, /localhost is not below a public suffix/],
  ['a leaf and an authority', 'nspinneddomains', rules(rule(exact('a.example'))), { seen: seenAs([one, 'leaf'], [two, 'ca']) }, /it would need a leaf and a CA to match/],
  ['keys that nobody saw', 'nspinneddomains', rules(rule(exact('a.example'))), {}, /no probe has seen where on the path/],
  ['all names below', 'nspinneddomains', rules(rule(deep('a.example'), [one], 'leaf')), {}, /one label below a name at most: --one-label accepts that/],
  ['one label without the name', 'nspinneddomains', rules(rule(star('a.example'), [one], 'leaf')), {}, /knows no wildcards for one label/],
  ['an end', 'nspinneddomains', rules({ ...rule(exact('a.example'), [one], 'leaf'), until: march, then: 'open' }), {}, /but those of iOS never do/],
  ['a wished end', 'okhttp', rules(rule(exact('a.example'))), { expiration: '2027-03-01' }, /OkHttp has no day on which pinning ends/],
  ['all names below', 'okhttp', rules(rule(deep('a.example'))), {}, /needs OkHttp 4\.3 or later.*--okhttp/],
  ['all names below', 'okhttp', rules(rule(deep('a.example'))), { okhttp: '4.2.2' }, /not 4\.2\.2/],
  ['what meets', 'okhttp', rules(rule(deep('a.example'), [one]), rule(exact('b.a.example'), [two])), { okhttp: '4.12.0' }, /share hosts, and have different pins: for OkHttp, the pins of both entries count/],
  ['an exception', 'okhttp', rules(rule(deep('a.example')), rule(exact('b.a.example'), [])), { okhttp: '5' }, /exception from the pins above it, which OkHttp can't make/],
  ['what meets on Android', 'rn-ssl-public-key-pinning', rules(rule(deep('a.example'), [one, two]), rule(deep('b.a.example'), [two, three])), {}, /share hosts/],
  ['what counts alone on iOS', 'rn-ssl-public-key-pinning', { ...rules(rule(deep('a.example'), [one, two]), rule(deep('b.a.example'), [two, three])), resolution: 'union' }, {}, /share hosts/],
  ['an end', 'rn-ssl-manager', rules({ ...rule(exact('a.example')), until: march, then: 'open' }), {}, /another time on iOS than on Android/],
  ['a key without a certificate', 'flutter-http-certificate-pinning', rules(rule(exact('a.example'), [one])), {}, /pins certificates, and for a\.example no leaf with the key sha256\/.* was seen/],
  ['two hosts', 'curl', rules(rule(exact('a.example'), [one], 'leaf'), rule(exact('b.example'), [one], 'leaf')), {}, /one host at a time, found a\.example, b\.example/],
  ['keys of authorities', 'curl', rules(rule(exact('a.example'), [one])), { seen: seenAs([one, 'ca']) }, /are those of authorities, but curl compares the leaf's key/],
  ['one pin', 'hpkp', rules(rule(exact('a.example'), [one])), {}, /HPKP wants at least two/],
  ['several lists', 'curl', rules({ ...rule(exact('a.example')), allOf: [{ at: 'leaf', anyOf: [one] }, { at: 'ca', anyOf: [two] }] }), {}, /compares the keys of the authorities/],
  ['another signer', 'wultra', rules(rule(exact('a.example'))), {}, /^wultra is import-only: it pins certificates/],
  ['another signer', 'pinvault', rules(rule(exact('a.example'))), {}, /^pinvault is import-only: its files are signed/],
  ['another signer', 'ssl-pinning', rules(rule(exact('a.example'))), {}, /import-only/],
  ['another signer', 'approov', rules(rule(exact('a.example'))), {}, /import-only/],
];

test.each(refusals)('%s: refused for %s', (_what, format, of, options, expected) => {
  expect(problems(format, of, options)).toMatch(expected);
});

describe('what looks like a refusal and is none', () => {
  test('entries that meet, with the same pins', () => {
    const of = rules(rule(deep('a.example')), rule(exact('b.a.example'), [two, one]));
    expect(textOf('okhttp', of, { okhttp: '4.3' })).toContain('"**.a.example"');
  });

  test('an unpinned name below no pinned one', () => {
    expect(textOf('okhttp', rules(rule(exact('a.example')), rule(exact('b.example'), [])))).not.toContain(
      'b.example',
    );
  });

  test('an exception, if the notation makes them', () => {
    const of = rules(rule(deep('a.example')), rule(exact('b.a.example'), []));
    expect(textOf('nsc', of)).toContain(
      '<domain includeSubdomains="false">b.a.example</domain>\n    </domain-config>',
    );
    expect(textOf('trustkit-ios', of)).toContain(
      '<key>kSKExcludeSubdomainFromParentPolicy</key>\n\t\t\t\t<true/>',
    );
    expect(textOf('trustkit-android', of)).toContain(
      '<trustkit-config enforcePinning="false" disableDefaultReportUri="true" />',
    );
  });

  test('a name and what is one label below it, as one entry of iOS', () => {
    const of = rules(rule(exact('a.example'), [one], 'ca'), rule(star('a.example'), [one], 'ca'));
    expect(textOf('nspinneddomains', of)).toContain('<key>NSIncludesSubdomains</key>\n\t\t\t\t<true/>');
  });

  test('--one-label, which says what is lost', () => {
    const result = written('nspinneddomains', rules(rule(deep('a.example'), [one], 'leaf')), {
      oneLabel: true,
    });
    expect(result).toMatchObject({
      ok: true,
      notes: ['Names more than one label below a.example are not pinned.'],
    });
  });

  test('an end at the midnight that counts', () => {
    const until = (at: number) => rules({ ...rule(exact('a.example')), until: at, then: 'open' });
    expect(textOf('nsc', until(march + noonHours))).toContain('<pin-set expiration="2027-03-01">');
    expect(textOf('trustkit-ios', until(march))).toContain('<string>2027-03-01</string>');
  });

  test('certificates of the key that were seen', () => {
    const result = written('flutter-http-certificate-pinning', rules(rule(exact('a.example'), [one])), {
      seen: seenAs([one, 'leaf']),
    });
    expect(result).toMatchObject({ ok: true, text: expect.stringContaining(`'${'CC:'.repeat(31)}CC'`) });
    expect(result).toMatchObject({
      notes: [expect.stringContaining('as soon as a.example has another one')],
    });
  });
});

test('a day that is asked for is told to end pinning silently', () => {
  for (const format of ['nsc', 'trustkit-ios', 'rn-ssl-manager'] as const) {
    const result = written(format, rules(rule(exact('a.example'))), { expiration: '2027-03-01' });
    expect(result).toMatchObject({ ok: true, text: expect.stringContaining('2027-03-01') });
    expect(result).toMatchObject({
      notes: expect.arrayContaining([expect.stringContaining('no longer pin')]),
    });
  }
});

test('ten thousand rules, each below another one', () => {
  const many = Array.from({ length: 10_000 }, (_none, index) => rule(deep(`h${index}.a.example`)));
  expect(written('rn-ssl-manager', rules(rule(deep('a.example')), ...many)).ok).toBe(true);
});
