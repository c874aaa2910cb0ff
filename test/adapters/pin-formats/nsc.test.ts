/** Android's own code can't be run here: each row says which part of it the row was taken from. */
import { expect, test } from 'vitest';
import { javaDay } from '../../../src/adapters/pin-formats/nsc/java-date.ts';
import { demanded, problemsOf, readCorpus, setOf, warningsOf } from './pin-file.ts';

const config = 'ApplicationConfig.getConfigForHostname';
const entry = 'XmlConfigSource.parseConfigEntry';
const builder = 'NetworkSecurityConfig.Builder.getEffectivePinSet';
const pinSet = 'XmlConfigSource.parsePinSet';
const pin = 'XmlConfigSource.parsePin';
const domain = 'XmlConfigSource.parseDomain';
const enforced = 'NetworkSecurityTrustManager.isPinningEnforced';
const whole = 'XmlConfigSource.parseNetworkSecurityConfig';
const boolean = 'XmlBlock.Parser.getAttributeBooleanValue, and aapt2';

test.each<[string, Readonly<Record<string, string>>, string]>([
  [
    'exact-name',
    { 'api.example.com': 'path a|b', 'x.api.example.com': 'open', 'example.com': 'open' },
    config,
  ],
  [
    'subdomains',
    { 'example.com': 'path a|b', 'a.b.example.com': 'path a|b', 'anexample.com': 'open' },
    config,
  ],
  [
    'longest-parent',
    {
      'x.example.com': 'path a',
      'x.a.example.com': 'path b',
      'b.a.example.com': 'path c',
      'x.b.a.example.com': 'path b',
    },
    config,
  ],
  ['nested-inherits', { 'inherits.example.com': 'path a|b', 'own.example.com': 'path c' }, builder],
  ['unpinned-below', { 'open.example.com': 'open', 'x.open.example.com': 'path a' }, config],
  ['empty-pin-set', { 'empty.example.com': 'open', 'x.example.com': 'path a' }, builder],
  ['override-pins-system', { 'api.example.com': 'open' }, enforced],
  ['override-pins-base', { 'api.example.com': 'open' }, enforced],
  ['base-config-after', { 'api.example.com': 'open' }, whole],
  ['override-pins-raw', { 'api.example.com': 'path a' }, enforced],
  ['override-pins-user', { 'api.example.com': 'path a' }, enforced],
  ['own-anchors', { 'api.example.com': 'path a' }, enforced],
  ['debug-overrides', { 'api.example.com': 'path a' }, whole],
  [
    'several-domains',
    { 'a.example.com': 'path a', 'x.a.example.com': 'open', 'x.b.example.com': 'path a' },
    entry,
  ],
  [
    'boolean-forms',
    {
      'x.one.example.com': 'path a',
      'x.upper.example.com': 'path b',
      'x.yes.example.com': 'open',
      'x.zero.example.com': 'open',
    },
    boolean,
  ],
  ['wildcard', { 'api.example.com': 'path b', 'x.example.com': 'open' }, config],
  ['trailing-dot', { 'api.example.com': 'open' }, config],
  ['upper-case', { 'api.example.com': 'path a' }, domain],
  ['digest-lower-case', { 'api.example.com': 'path a' }, 'Pin.isSupportedDigestAlgorithm'],
  ['lenient-base64', { 'api.example.com': 'path a' }, 'android.util.Base64.Decoder.process'],
  ['comments', { 'api.example.com': 'path a' }, 'aapt2 xml::XmlPullParser'],
  ['cdata', { 'api.example.com': 'path a' }, 'aapt2 xml::XmlPullParser'],
  ['unknown-elements', { 'api.example.com': 'path a' }, 'XmlUtils.skipCurrentTag'],
  ['foreign-attributes', { 'x.api.example.com': 'open' }, boolean],
  ['no-pins-at-all', { 'api.example.com': 'open' }, 'PinSet.EMPTY_PINSET'],
])('%s', (file, hosts) => {
  const set = setOf(`nsc/${file}.xml`);
  for (const [host, demand] of Object.entries(hosts)) expect(demanded(set, host), host).toBe(demand);
});

test.each([
  ['expiration', '2026-12-31T12:00:00Z'],
  ['expiration-leap-day', '2028-02-29T12:00:00Z'],
  ['expiration-with-time', '2026-12-31T12:00:00Z'],
  ['expiration-two-digit-year', '0026-12-31T12:00:00Z'],
])('%s: enforced until the last time zone has reached the day', (file, end) => {
  const set = setOf(`nsc/${file}.xml`);
  expect(demanded(set, 'api.example.com', Date.parse(end) - 1)).toMatch(/^path a/);
  expect(demanded(set, 'api.example.com', Date.parse(end))).toBe('open');
});

/** As JDK 17's SimpleDateFormat answers, which is Android's, too. */
test.each([
  ['2026-1-5', '2026-01-05'],
  [' 2026- 12-31', '2026-12-31'],
  ['2026-012-0031', '2026-12-31'],
  ['2026-12-31.5', '2026-12-31'],
  ['2026-13-01', null],
  ['2026-02-29', null],
  ['2026 -12-31', null],
  ['2026-12--31', null],
  ['0000-12-31', null],
  ['20261231', null],
  ['', null],
])('the date %j', (text, day) => {
  expect(javaDay(text)).toBe(day === null ? null : Date.parse(`${day}T00:00:00Z`));
});

test.each<[string, string, string]>([
  ['repeated-domain', '10:38 "api.example.com has already been specified"', domain],
  ['second-pin-set', '8:5 "Multiple pin-set elements not allowed"', entry],
  ['pin-set-in-base-config', '4:5 "pin-set element not allowed in base-config"', entry],
  ['pin-set-in-debug-overrides', '10:5 "pin-set element not allowed in debug-overrides"', entry],
  ['domain-in-base-config', '4:5 "domain element not allowed in base-config"', entry],
  ['domain-config-in-base-config', '4:5 "Nested domain-config not allowed in base-config"', entry],
  ['no-domain', '3:3 "No domain elements in domain-config"', entry],
  ['empty-domain', '4:5 "Domain name missing"', domain],
  ['blank-domain', '4:5 "Domain name missing"', domain],
  ['domain-with-element', '4:28 "domain contains additional elements"', domain],
  ['digest-too-short', '6:29 "digest length 31 does not match expected length for SHA-256 of 32"', pin],
  ['digest-hex', '6:29 "digest length 48 does not match expected length for SHA-256 of 32"', pin],
  ['digest-with-prefix', '6:29 "Invalid pin digest"', pin],
  ['digest-missing', '6:7 "Missing pin digest"', pin],
  ['digest-with-element', '6:73 "pin contains additional elements"', pin],
  ['algorithm-sha-1', '6:7 "Unsupported pin digest algorithm: SHA-1"', pin],
  ['algorithm-missing', '6:7 "Unsupported pin digest algorithm: null"', pin],
  ['expiration-no-date', '5:5 "Invalid expiration date in pin-set"', pinSet],
  ['expiration-no-day', '5:5 "Invalid expiration date in pin-set"', pinSet],
  ['second-base-config', '4:3 "Only one base-config allowed"', whole],
  ['second-debug-overrides', '4:3 "Only one debug-overrides allowed"', whole],
  ['second-trust-anchors', '9:5 "Multiple trust-anchor elements not allowed"', entry],
  ['certificates-without-src', '9:7 "certificates element missing src attribute"', 'parseCertificatesEntry'],
  [
    'certificates-unknown-src',
    '9:7 "Unknown certificates src. Should be one of system|user|@resourceVal"',
    'parseCertificatesEntry',
  ],
  [
    'other-root',
    '1:1 "Unexpected start tag: found network-security-configuration, expected network-security-config"',
    'XmlUtils.beginDocument',
  ],
])('refuses %s, as Android says it', (file, says) => {
  const problems = problemsOf(readCorpus(`nsc/refused/${file}.xml`, { format: 'nsc' }));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(says.replace(' "', ' Android refuses the file: "'));
});

test.each([
  ['entity', '3:2 a DTD subset is not accepted'],
  ['unknown-entity', '4:28 not well-formed XML: undefined entity.'],
  ['not-well-formed', '7:13 not well-formed XML: unexpected close tag.'],
])('refuses %s', (file, problem) => {
  expect(problemsOf(readCorpus(`nsc/refused/${file}.xml`))).toEqual([problem]);
});

test.each([
  ['wildcard', ['4:13 "*.example.com" is a literal that matches nothing: no host has this name']],
  ['trailing-dot', ['4:13 "api.example.com." is a literal that matches nothing: no host has this name']],
  ['empty-pin-set', ['10:7 a pin-set without pins: Android does not pin these hosts']],
  ['override-pins-system', ['9:7 overridePins on the roots of the system: Android does not pin these hosts']],
  ['boolean-forms', ['16:5 includeSubdomains is neither true nor false, so Android takes it for false']],
  ['own-anchors', ['3:3 these hosts trust other roots than those of the system: give them with --ca-file']],
  [
    'override-pins-raw',
    [
      '10:7 paths that end in @raw/proxy are not pinned, which is not judged: the file does not have these roots',
    ],
  ],
  ['expiration-two-digit-year', ['5:5 Android reads the expiration "26-12-31" as year 26, 12-31']],
  [
    'unknown-elements',
    [
      '3:3 Android skips <pin-set> here: it has no effect',
      '4:3 Android skips <domain_config>: it has no effect',
      '9:7 Android skips <pins>: it has no effect',
      '11:5 Android skips <pinset>: it has no effect',
    ],
  ],
  ['exact-name', []],
])('warns of %s', (file, warnings) => {
  expect(warningsOf(readCorpus(`nsc/${file}.xml`))).toEqual(warnings);
});
