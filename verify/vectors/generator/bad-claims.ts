import {
  bundle,
  channel,
  configurationClaims,
  deviceOf,
  expiresAt,
  foreignRoot,
  issuedAt,
  nextSigner,
  type Payload,
  pin,
  signer,
  statementClaims,
} from './bundle.ts';
import { type Case, held, refused } from './case.ts';

/** Rightly signed, but not in form, not for this client, or not new. */

type Claims = Readonly<Record<string, unknown>>;
const otherChannel = 'nbswy3dpeb3w64tmmqqhg33omuya'.slice(0, 26);

const statement = (name: string, title: string, payload: Payload, code = 'malformed') =>
  refused(name, code, title, bundle({ statement: { payload } }));
const configuration = (name: string, title: string, payload: Payload, code = 'malformed') =>
  refused(name, code, title, bundle({ configuration: { payload } }));

const usual = JSON.stringify(configurationClaims());

/** Values that are no integer of the claim's range, as JSON has them. `null`: the member is missing. */
const noIntegers: readonly [name: string, text: string | null][] = [
  ['missing', null],
  ['null', 'null'],
  ['text', '"7"'],
  ['list', '[7]'],
  ['true', 'true'],
  ['negative', '-7'],
  ['minus-zero', '-0'],
  ['fraction', '7.5'],
  ['zero-fraction', '7.0'],
  ['exponent', '7e0'],
  ['exponent-upper-case', '7E2'],
  ['too-large', '9007199254740992'],
  ['far-too-large', '99999999999999999999999999999999'],
  ['64-bits-wrapped', '18446744073709551617'],
];

/** The value of one claim replaced in the text of all. */
function withText(claims: Claims, claim: string, text: string | null): string {
  const { [claim]: _, ...others } = claims;
  const rest = JSON.stringify(others).slice(1);
  return text === null ? `{${rest}` : `{"${claim}":${text},${rest}`;
}

const integers: readonly Case[] = [
  ...['v', 'gen', 'iat'].flatMap((claim) =>
    noIntegers.map(([name, text]) =>
      statement(
        `malformed-statement-${claim}-${name}`,
        `key statement: ${claim} ${text ?? 'missing'}`,
        withText(statementClaims(), claim, text),
      ),
    ),
  ),
  ...['v', 'ver', 'iat', 'exp'].flatMap((claim) =>
    noIntegers.map(([name, text]) =>
      configuration(
        `malformed-${claim}-${name}`,
        `${claim} ${text ?? 'missing'}`,
        withText(configurationClaims(), claim, text),
      ),
    ),
  ),
  ...noIntegers.flatMap(([name, text]) =>
    text === null
      ? []
      : [
          configuration(
            `malformed-refresh-${name}`,
            `refresh ${text}`,
            withText(configurationClaims(), 'refresh', text),
          ),
        ],
  ),
  statement('malformed-gen-zero', 'generation 0', statementClaims({ gen: 0 })),
  configuration('malformed-ver-zero', 'version 0', configurationClaims({ ver: 0 })),
  configuration('malformed-exp-is-iat', 'exp is iat', configurationClaims({ exp: issuedAt })),
  configuration('malformed-exp-before-iat', 'exp before iat', configurationClaims({ exp: issuedAt - 1 })),
  configuration('malformed-refresh-59', 'refresh 59', configurationClaims({ refresh: 59 })),
  configuration('malformed-refresh-86401', 'refresh 86,401', configurationClaims({ refresh: 86_401 })),
];

const versions: readonly Case[] = [
  statement('unsupported-statement', 'key statement: v 2', statementClaims({ v: 2 }), 'unsupported'),
  statement('unsupported-statement-0', 'key statement: v 0', statementClaims({ v: 0 }), 'unsupported'),
  statement('unsupported-statement-alone', 'key statement: v 2 and nothing else', { v: 2 }, 'unsupported'),
  configuration('unsupported', 'v 2', configurationClaims({ v: 2 }), 'unsupported'),
  configuration('unsupported-0', 'v 0', configurationClaims({ v: 0 }), 'unsupported'),
  configuration(
    'unsupported-other-form',
    'v 2 with claims of another form',
    { v: 2, aud: 7, domains: [] },
    'unsupported',
  ),
];

const noChannels: readonly [name: string, aud: unknown][] = [
  ['missing', undefined],
  ['null', null],
  ['list', [channel]],
  ['25', channel.slice(1)],
  ['27', `${channel}a`],
  ['upper-case', channel.toUpperCase()],
  ['not-base32', channel.replace('m', '1')],
  ['line-end', `${channel}\n`],
  ['empty', ''],
];

const audiences: readonly Case[] = [
  ...noChannels.flatMap(([name, aud]) => [
    statement(`malformed-statement-aud-${name}`, `key statement: aud ${name}`, statementClaims({ aud })),
    configuration(`malformed-aud-${name}`, `aud ${name}`, configurationClaims({ aud })),
  ]),
  statement(
    'wrong-audience-statement',
    'the key statement of another channel',
    statementClaims({ aud: otherChannel }),
    'wrong_audience',
  ),
  configuration(
    'wrong-audience',
    'the configuration of another channel',
    configurationClaims({ aud: otherChannel }),
    'wrong_audience',
  ),
  refused(
    'wrong-audience-both',
    'wrong_audience',
    'a whole bundle of another channel',
    bundle({
      statement: { payload: statementClaims({ aud: otherChannel }) },
      configuration: { payload: configurationClaims({ aud: otherChannel }) },
    }),
  ),
];

const { x, y } = signer.jwk;
const badKeys: readonly [name: string, keys: unknown][] = [
  ['missing', undefined],
  ['null', null],
  ['object', signer.jwk],
  ['empty', []],
  ['nine', Array(9).fill(signer.jwk)],
  ['with-null', [signer.jwk, null]],
  ['with-text', [signer.jwk, signer.kid]],
  ['private', [{ ...signer.jwk, d: 'A'.repeat(43) }]],
  ['with-kid', [{ ...signer.jwk, kid: signer.kid }]],
  ['with-use', [{ ...signer.jwk, use: 'sig' }]],
  ['without-kty', [{ crv: 'P-256', x, y }]],
  ['without-y', [{ kty: 'EC', crv: 'P-256', x }]],
  ['kty-okp', [{ kty: 'OKP', crv: 'Ed25519', x }]],
  ['kty-lower-case', [{ ...signer.jwk, kty: 'ec' }]],
  ['crv-p384', [{ ...signer.jwk, crv: 'P-384' }]],
  ['x-short', [{ ...signer.jwk, x: x.slice(0, 40) }]],
  ['x-long', [{ ...signer.jwk, x: `AA${x}` }]],
  ['x-padded', [{ ...signer.jwk, x: `${x}=` }]],
  ['x-number', [{ ...signer.jwk, x: 1 }]],
  ['off-curve', [signer.jwk, { ...signer.jwk, y: x }]],
  ['zero', [{ ...signer.jwk, x: 'A'.repeat(43), y: 'A'.repeat(43) }]],
  // p itself, which is 0 modulo p: some libraries reduce it.
  [
    'coordinate-is-p',
    [
      {
        ...signer.jwk,
        x: Buffer.from('ffffffff00000001000000000000000000000000ffffffffffffffffffffffff', 'hex').toString(
          'base64url',
        ),
        y: Buffer.from('66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4', 'hex').toString(
          'base64url',
        ),
      },
    ],
  ],
];

const keys: readonly Case[] = badKeys.map(([name, value]) =>
  statement(`malformed-keys-${name}`, `keys: ${name}`, statementClaims({ keys: value })),
);

const entry = { mode: 'pins', pins: [pin('leaf')] };
const badDomains: readonly [name: string, domains: unknown][] = [
  ['missing', undefined],
  ['null', null],
  ['list', [entry]],
  ['1001', Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [`a${at}.example`, { mode: 'off' }]))],
  ...Object.entries({
    'upper-case': 'API.example.com',
    'u-label': 'b\u00fccher.example',
    'one-label': 'localhost',
    'trailing-dot': 'api.example.com.',
    'leading-dot': '.example.com',
    'two-dots': 'api..example.com',
    empty: '',
    wildcard: '*.example.com',
    port: 'api.example.com:443',
    ipv4: '192.0.2.1',
    'short-ipv4': '192.1',
    'hex-ipv4': 'a.0x7f',
    '0x': 'a.0x',
    ipv6: '2001:db8::1',
    'ipv6-bracketed': '[2001:db8::1]',
    url: 'https://api.example.com',
    space: 'api.example.com ',
    'line-end': 'api.example.com\n',
    hyphen: '-api.example.com',
    'hyphen-last': 'api-.example.com',
    'long-label': `${'a'.repeat(64)}.example`,
    long: `${`${'a'.repeat(49)}.`.repeat(5)}abcd`,
    kelvin: '\u212aelvin.example',
    proto: '__proto__',
  }).map(([name, host]): [string, unknown] => [
    `host-${name}`,
    JSON.parse(`{${JSON.stringify(host)}:${JSON.stringify(entry)}}`),
  ]),
  ...Object.entries({
    null: null,
    text: 'pins',
    list: [entry],
    empty: {},
    'no-mode': { pins: entry.pins },
    'mode-unknown': { ...entry, mode: 'leaf' },
    'mode-upper-case': { ...entry, mode: 'Pins' },
    'mode-null': { ...entry, mode: null },
    'no-pins': { mode: 'pins' },
    'observe-without-pins': { mode: 'observe' },
    'pins-null': { ...entry, pins: null },
    'pins-empty': { ...entry, pins: [] },
    'pins-33': { ...entry, pins: Array(33).fill(pin('leaf')) },
    'pins-text': { ...entry, pins: pin('leaf') },
    'pin-null': { ...entry, pins: [pin('leaf'), null] },
    'pin-with-prefix': { ...entry, pins: [`sha256/${pin('leaf')}`] },
    'pin-without-padding': { ...entry, pins: [pin('leaf').slice(0, 43)] },
    'pin-base64url': { ...entry, pins: [`${'-_'.repeat(21)}A=`] },
    'pin-unused-bits': { ...entry, pins: [`${'A'.repeat(42)}B=`] },
    'pin-hex': { ...entry, pins: ['a'.repeat(64)] },
    'pin-sha1': { ...entry, pins: [`${'A'.repeat(27)}=`] },
    'pin-two-pads': { ...entry, pins: [`${'A'.repeat(42)}==`] },
    'pin-line-end': { ...entry, pins: [`${pin('leaf')}\n`] },
    'off-with-empty-pins': { mode: 'off', pins: [] },
    'off-with-bad-pin': { mode: 'off', pins: ['x'] },
    'sub-null': { ...entry, sub: null },
    'sub-text': { ...entry, sub: 'true' },
    'sub-number': { ...entry, sub: 1 },
    'roots-without-roots': { mode: 'roots' },
  }).map(([name, one]): [string, unknown] => [
    `entry-${name}`,
    { 'first.example': entry, 'second.example': one },
  ]),
];

const device = { h: deviceOf('x'), until: 1 };
const others: readonly [name: string, over: Claims][] = [
  ['after-expiry-unknown', { afterExpiry: 'open' }],
  ['after-expiry-null', { afterExpiry: null }],
  ['after-expiry-true', { afterExpiry: true }],
  ['default-unknown', { default: 'pins' }],
  ['default-null', { default: null }],
  ['default-roots-without-roots', { default: 'roots' }],
  ['default-roots-with-empty-roots', { default: 'roots', roots: [] }],
  ['roots-null', { roots: null }],
  ['roots-object', { roots: {} }],
  ['roots-301', { roots: Array.from({ length: 301 }, (_, at) => pin(`${at}`)) }],
  ['roots-bad-pin', { roots: [pin('root'), 'x'] }],
  ['devices-null', { devices: null }],
  ['devices-object', { devices: device }],
  ['devices-21', { devices: Array(21).fill(device) }],
  ['device-null', { devices: [null] }],
  ['device-h-missing', { devices: [{ until: 1 }] }],
  ['device-h-short', { devices: [{ ...device, h: device.h.slice(0, 40) }] }],
  ['device-h-base64', { devices: [{ ...device, h: `${device.h}=` }] }],
  ['device-until-missing', { devices: [{ h: device.h }] }],
  ['device-until-fraction', { devices: [{ ...device, until: 1.5 }] }],
  ['device-until-negative', { devices: [{ ...device, until: -1 }] }],
  ['device-domains-null', { devices: [{ ...device, domains: null }] }],
  ['device-domains-empty', { devices: [{ ...device, domains: [] }] }],
  ['device-domains-text', { devices: [{ ...device, domains: 'api.example.com' }] }],
  ['device-domains-bad-host', { devices: [{ ...device, domains: ['api.example.com', 'API'] }] }],
];

const entries: readonly Case[] = [
  ...badDomains.map(([name, domains]) =>
    configuration(`malformed-domains-${name}`, `domains: ${name}`, configurationClaims({ domains })),
  ),
  ...others.map(([name, over]) => configuration(`malformed-${name}`, name, configurationClaims(over))),
];

const future = (text: string) => usual.replace('{', `{"future":${text},`);
const texts: readonly [name: string, title: string, payload: Payload][] = [
  ['duplicate', 'a claim twice', usual.replace('{', '{"ver":42,')],
  ['duplicate-alike', 'a claim twice, alike', usual.replace('{', '{"ver":41,')],
  ['duplicate-escaped', 'a claim twice, once with an escape', usual.replace('{', '{"v\\u0065r":41,')],
  [
    'duplicate-domain',
    'a domain twice',
    usual.replace('"domains":{', `"domains":{"api.example.com":{"mode":"off"},`),
  ],
  ['duplicate-mode', 'a mode twice', usual.replace('"mode":"pins"', '"mode":"off","mode":"pins"')],
  ['duplicate-in-unknown', 'a member twice in an unknown claim', future('[{"a":1,"a":1}]')],
  ['duplicate-proto', '__proto__ twice', usual.replace('{', '{"__proto__":1,"__proto__":1,')],
  ['deep', '17 levels', future(`${'['.repeat(16)}${']'.repeat(16)}`)],
  ['deep-objects', '17 levels of objects', future(`${'{"a":'.repeat(16)}1${'}'.repeat(16)}`)],
  ['very-deep', '20,000 levels', future(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)],
  ['not-closed', 'cut off', usual.slice(0, -1)],
  ['trailing-text', 'text after it', `${usual}x`],
  ['trailing-nul', 'NUL after it', `${usual}\0`],
  ['two', 'twice', usual + usual],
  ['trailing-comma', 'a comma at the end', usual.replace(/\}$/, ',}')],
  ['trailing-comma-of-list', 'a comma at the end of a list', future('[1,]')],
  ['empty-item', 'nothing between commas', future('[1,,2]')],
  ['missing-colon', 'no colon', future('{"a" 1}')],
  ['bare-name', 'a name without quotes', usual.replace('"ver"', 'ver')],
  ['single-quotes', 'single quotes', usual.replace('"ver"', "'ver'")],
  ['comment', 'a comment', future('1/**/')],
  ['form-feed', 'white space that is not of JSON', future('\f1')],
  ['no-break-space', 'a no-break space', future('\u00a01')],
  ['byte-order-mark', 'a byte order mark', `\ufeff${usual}`],
  ['nan', 'NaN', future('NaN')],
  ['infinity', 'Infinity', future('-Infinity')],
  ['plus', 'a plus sign', future('+1')],
  ['leading-zero', 'a leading zero', future('01')],
  ['minus-alone', 'a minus sign alone', future('-')],
  ['no-fraction', 'a point without digits', future('1.')],
  ['no-integer-part', 'a point without digits before it', future('.5')],
  ['no-exponent', 'an exponent without digits', future('1e+')],
  ['hex', 'a hex number', future('0x10')],
  ['upper-case-word', 'True', future('True')],
  ['long-word', 'nulls', future('nulls')],
  ['control-character', 'a line end in a string', future('"a\nb"')],
  ['tab', 'a tab in a string', future('"a\tb"')],
  ['unknown-escape', 'an escape that is not of JSON', future('"\\x41"')],
  ['escape-prototype', 'an escape named as a member of objects', future('"\\constructor"')],
  ['short-escape', 'three hex digits', future('"\\u004"')],
  ['escape-sign', 'a sign in an escape', future('"\\u+041"')],
  ['cut-off-escape', 'a backslash at the end', future('"\\')],
  ['lone-high', 'a lone high surrogate', future('"\\ud83d"')],
  ['lone-low', 'a lone low surrogate', future('"\\ude00"')],
  ['two-high', 'two high surrogates', future('"\\ud83d\\ud83d"')],
  ['reversed-pair', 'a pair in the wrong order', future('"\\ude00\\ud83d"')],
  ['lone-in-name', 'a lone surrogate in a name', usual.replace('{', '{"\\ud83d":1,')],
  ['not-utf8', 'a byte that is not UTF-8', bytes(0xff)],
  ['overlong', 'an overlong form', bytes(0xc1, 0xa1)],
  ['overlong-nul', 'NUL in two bytes', bytes(0xc0, 0x80)],
  ['overlong-3', 'an overlong form of three bytes', bytes(0xe0, 0x9f, 0xbf)],
  ['overlong-4', 'an overlong form of four bytes', bytes(0xf0, 0x8f, 0xbf, 0xbf)],
  ['utf8-surrogate', 'a surrogate in UTF-8', bytes(0xed, 0xa0, 0x80)],
  ['utf8-pair', 'a pair of surrogates in UTF-8', bytes(0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80)],
  ['beyond-unicode', 'beyond U+10FFFF', bytes(0xf4, 0x90, 0x80, 0x80)],
  ['lone-continuation', 'a continuation byte alone', bytes(0x80)],
  ['cut-off-utf8', 'a sequence cut off', bytes(0xe2, 0x82)],
  ['utf16', 'UTF-16', Buffer.from(usual, 'utf16le')],
  ['list', 'a list', `[${usual}]`],
  ['text', 'a string', JSON.stringify(usual)],
  ['null', 'null', 'null'],
  ['number', 'a number', '1'],
  ['white-space', 'white space alone', '   '],
  ['no-json', 'no JSON', 'pins'],
];

/** An unknown claim with these bytes in a string. */
function bytes(...values: readonly number[]): Buffer {
  const [before = '', after = ''] = future('"\u0001"').split('\u0001');
  return Buffer.concat([Buffer.from(before), Buffer.from(values), Buffer.from(after)]);
}

const json: readonly Case[] = [
  ...texts.map(([name, title, payload]) =>
    configuration(`malformed-json-${name}`, `payload: ${title}`, payload),
  ),
  statement(
    'malformed-statement-json-duplicate',
    'key statement: keys twice',
    JSON.stringify(statementClaims()).replace('{', '{"keys":[],'),
  ),
  statement('malformed-statement-json-none', 'key statement: no JSON', 'keys'),
];

const older = (name: string, code: string, title: string, over: Claims, stored = held()) =>
  refused(name, code, title, bundle({ configuration: { payload: configurationClaims(over) } }), stored);
const nextGeneration = held(
  statementClaims({ gen: 2, keys: [nextSigner.jwk] }),
  configurationClaims({ ver: 1 }),
);

const tuples: readonly Case[] = [
  older('rollback-version', 'rollback', 'a lower version with a later date', {
    ver: 40,
    iat: issuedAt + 86_400,
  }),
  older('rollback-date', 'rollback', 'the same version with an earlier date', { iat: issuedAt - 1 }),
  older(
    'rollback-generation',
    'rollback',
    'a lower generation with a higher version: the stolen key',
    { ver: Number.MAX_SAFE_INTEGER - 1 },
    nextGeneration,
  ),
  older('rollback-same-payload', 'rollback', 'the old generation as it was', {}, nextGeneration),
  older('conflict-configuration', 'conflict', 'another configuration with the same tuple', {
    exp: expiresAt + 1,
  }),
  older('conflict-spelling', 'conflict', 'the same claims in another spelling', { refresh: 180 }),
  refused(
    'conflict-keys',
    'conflict',
    'another key statement with the same tuple',
    bundle({ statement: { payload: statementClaims({ keys: [signer.jwk, nextSigner.jwk] }) } }),
    held(),
  ),
  refused(
    'conflict-keys-date',
    'conflict',
    'the key statement with another date',
    bundle({ statement: { payload: statementClaims({ iat: 1 }) } }),
    held(),
  ),
  refused('unchanged', 'unchanged', 'what the client holds', bundle(), held()),
  refused(
    'unchanged-other-header',
    'unchanged',
    'the same payloads under another header and signature',
    bundle({ configuration: { header: { typ: 'pin-config+jwt', kid: signer.kid, alg: 'ES256' } } }),
    held(),
  ),
  refused(
    'unchanged-largest',
    'unchanged',
    'tuples at the limit of integers',
    bundle({ configuration: { payload: configurationClaims({ ver: Number.MAX_SAFE_INTEGER }) } }),
    held(statementClaims(), configurationClaims({ ver: Number.MAX_SAFE_INTEGER })),
  ),
  older(
    'rollback-by-one',
    'rollback',
    'one version lower at the limit of integers',
    { ver: Number.MAX_SAFE_INTEGER - 1 },
    held(statementClaims(), configurationClaims({ ver: Number.MAX_SAFE_INTEGER })),
  ),
];

/** Two faults each: the earlier step decides. */
const orderOfSteps: readonly Case[] = [
  refused(
    'order-lines-before-header',
    'malformed',
    'line 2 is not base64url, and the root is foreign',
    bundle({ statement: { key: foreignRoot } }).replace(/\n$/, '=\n'),
  ),
  refused(
    'order-root-before-signature',
    'unknown_root',
    'a foreign root and a zero signature',
    bundle({ statement: { key: foreignRoot, signature: () => Buffer.alloc(64) } }),
  ),
  refused(
    'order-header-before-root',
    'malformed',
    'alg none and a foreign root',
    bundle({
      statement: { key: foreignRoot, header: { alg: 'none', typ: 'pin-keys+jwt', kid: foreignRoot.kid } },
    }),
  ),
  refused(
    'order-signature-before-claims',
    'bad_signature',
    'a zero signature of a payload that is no JSON',
    bundle({ statement: { payload: 'x', signature: () => Buffer.alloc(64) } }),
  ),
  statement(
    'order-form-before-audience',
    'another channel and no keys',
    statementClaims({ aud: otherChannel, keys: [] }),
  ),
  statement(
    'order-version-before-audience',
    'v 2 and another channel',
    statementClaims({ v: 2, aud: otherChannel }),
    'unsupported',
  ),
  refused(
    'order-first-line-first',
    'wrong_audience',
    'line 1 of another channel, line 2 with alg none',
    bundle({
      statement: { payload: statementClaims({ aud: otherChannel }) },
      configuration: { header: { alg: 'none', typ: 'pin-config+jwt', kid: signer.kid } },
    }),
  ),
  refused(
    'order-key-before-signature',
    'unknown_key',
    'an uncertified key and a zero signature',
    bundle({ configuration: { key: nextSigner, signature: () => Buffer.alloc(64) } }),
  ),
  configuration(
    'order-audience-before-entries',
    'another channel and a bad entry',
    configurationClaims({ aud: otherChannel, domains: [] }),
    'wrong_audience',
  ),
  configuration(
    'order-head-before-audience',
    'another channel and a bad refresh',
    configurationClaims({ aud: otherChannel, refresh: 1 }),
  ),
  older('order-entries-before-tuple', 'malformed', 'a lower version and a bad entry', {
    ver: 1,
    domains: [],
  }),
];

export const badClaims: readonly Case[] = [
  ...integers,
  ...versions,
  ...audiences,
  ...keys,
  ...entries,
  ...json,
  ...tuples,
  ...orderOfSteps,
];
