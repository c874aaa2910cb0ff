import {
  bundle,
  configHeader,
  configurationClaims,
  deviceOf,
  expiresAt,
  issuedAt,
  keysHeader,
  nextSigner,
  pin,
  signer,
  spareRoot,
  statementClaims,
} from './bundle.ts';
import { accepted, appRoots, type Case, type DecisionCase, decision, held, type Stored } from './case.ts';
import { key, order, toBytes, toInteger } from './es256.ts';

type Claims = Readonly<Record<string, unknown>>;

/** Accepted with these claims beside the usual ones. */
function withClaims(
  name: string,
  title: string,
  over: Claims,
  decisions: readonly DecisionCase[] = [],
  rest: { readonly now?: number; readonly stored?: Stored } = {},
): Case {
  const claims = configurationClaims(over);
  return accepted(name, title, bundle({ configuration: { payload: claims } }), {
    claims,
    decisions,
    ...rest,
  });
}

function withStatement(name: string, title: string, over: Claims, by = signer, stored?: Stored): Case {
  const statement = statementClaims(over);
  const text = bundle({ statement: { payload: statement }, configuration: { key: by } });
  return accepted(name, title, text, { statement, ...(stored && { stored }) });
}

/** Accepted with a payload that is written as this text; `claims` says what it means. */
function written(name: string, title: string, payload: string, claims: Claims = configurationClaims()): Case {
  return accepted(name, title, bundle({ configuration: { payload } }), { claims });
}

const usual = JSON.stringify(configurationClaims());
const domain = { mode: 'pins', pins: [pin('leaf'), pin('backup')] };
const many = (count: number) => Array.from({ length: count }, (_, at) => pin(`number ${at}`));
const thousand = Object.fromEntries(
  Array.from({ length: 1_000 }, (_, at) => [
    `api-${at}.example.com`,
    { mode: 'pins', pins: [pin(`leaf ${at}`), pin('backup')] },
  ]),
);
const longLabel = 'a'.repeat(63);
const longHost = `${longLabel}.${longLabel}.${longLabel}.${'b'.repeat(57)}.com`;

/** s and n-s are both right. */
function withHighS(signature: Buffer): Buffer {
  const s = toInteger(signature.subarray(32));
  const high = s > order / 2n ? s : order - s;
  return Buffer.concat([signature.subarray(0, 32), toBytes(high)]);
}

/** A right bundle of this many bytes. The length of base64url leaves gaps, which white space in the header fills. */
export function sized(size: number): string {
  const padded = (length: number, space: string) =>
    bundle({
      configuration: {
        header: JSON.stringify(configHeader()) + space,
        payload: configurationClaims({ padding: 'x'.repeat(length) }),
      },
    });
  for (const space of ['', ' ', '  ']) {
    const length = Math.floor(((size - padded(0, space).length) * 3) / 4);
    for (let at = length - 2; at <= length + 2; at += 1) {
      const text = padded(at, space);
      if (text.length === size) return text;
    }
  }
  throw new Error(`no bundle of ${size} bytes`);
}

export const good: readonly Case[] = [
  accepted('good-usual', 'one domain with two pins', bundle(), {
    decisions: [
      decision('api.example.com', [pin('leaf'), pin('intermediate'), pin('root')], 'allowed'),
      decision('api.example.com', [pin('other'), pin('backup'), pin('root')], 'allowed'),
      decision('api.example.com', [pin('other'), pin('root'), pin('leaf')], 'allowed'),
      decision('api.example.com', [pin('other'), pin('intermediate')], 'mismatch'),
      decision('api.example.com', [], 'mismatch'),
      decision('API.Example.COM', [pin('leaf')], 'allowed'),
      decision('API.Example.COM', [pin('other')], 'mismatch'),
      decision('api.example.com.', [pin('other')], 'mismatch'),
      decision('v1.api.example.com', [pin('other')], 'not_pinned'),
      decision('example.com', [pin('other')], 'not_pinned'),
      decision('xapi.example.com', [pin('other')], 'not_pinned'),
      decision('192.0.2.1', [pin('other')], 'not_pinned'),
      decision('localhost', [pin('other')], 'not_pinned'),
    ],
  }),
  withClaims(
    'good-modes',
    'each mode',
    {
      domains: {
        'pins.example.com': domain,
        'observe.example.com': { mode: 'observe', pins: [pin('leaf')] },
        'roots.example.com': { mode: 'roots' },
        'off.example.com': { mode: 'off' },
        'off-with-pins.example.com': { mode: 'off', pins: [pin('leaf')] },
        'roots-with-pins.example.com': { mode: 'roots', pins: [pin('leaf')] },
      },
      roots: [pin('root'), pin('another root')],
    },
    [
      decision('pins.example.com', [pin('leaf'), pin('root')], 'allowed'),
      decision('pins.example.com', [pin('other'), pin('root')], 'mismatch'),
      decision('observe.example.com', [pin('leaf'), pin('root')], 'allowed'),
      decision('observe.example.com', [pin('other'), pin('root')], 'observed'),
      decision('observe.example.com', [], 'observed'),
      decision('roots.example.com', [pin('other'), pin('another root')], 'allowed'),
      decision('roots.example.com', [pin('leaf'), pin('unknown root')], 'mismatch'),
      decision('off.example.com', [pin('other')], 'not_pinned'),
      decision('off-with-pins.example.com', [pin('other')], 'not_pinned'),
      decision('roots-with-pins.example.com', [pin('leaf'), pin('unknown root')], 'mismatch'),
      decision('elsewhere.example.com', [pin('other')], 'not_pinned'),
    ],
  ),
  withClaims(
    'good-sub',
    'entries that cover what is below them',
    {
      domains: {
        'example.com': { mode: 'pins', pins: [pin('wide')], sub: true },
        'api.example.com': { mode: 'pins', pins: [pin('narrow')] },
        'open.example.com': { mode: 'off', sub: true },
        'deep.open.example.com': { mode: 'pins', pins: [pin('deep')], sub: true },
        'alone.example.net': { mode: 'pins', pins: [pin('alone')], sub: false },
      },
    },
    [
      decision('example.com', [pin('wide')], 'allowed'),
      decision('example.com', [pin('narrow')], 'mismatch'),
      decision('www.example.com', [pin('wide')], 'allowed'),
      decision('a.b.c.example.com', [pin('wide')], 'allowed'),
      decision('a.b.c.example.com', [pin('narrow')], 'mismatch'),
      decision('api.example.com', [pin('narrow')], 'allowed'),
      decision('api.example.com', [pin('wide')], 'mismatch'),
      decision('v1.api.example.com', [pin('wide')], 'allowed'),
      decision('v1.api.example.com', [pin('narrow')], 'mismatch'),
      decision('open.example.com', [pin('other')], 'not_pinned'),
      decision('x.open.example.com', [pin('other')], 'not_pinned'),
      decision('deep.open.example.com', [pin('wide')], 'mismatch'),
      decision('x.deep.open.example.com', [pin('deep')], 'allowed'),
      decision('notexample.com', [pin('other')], 'not_pinned'),
      decision('com', [pin('other')], 'not_pinned'),
      decision('alone.example.net', [pin('other')], 'mismatch'),
      decision('x.alone.example.net', [pin('other')], 'not_pinned'),
      decision('.example.com', [pin('other')], 'mismatch'),
      decision('', [pin('other')], 'not_pinned'),
    ],
  ),
  withClaims('good-1000-domains', 'as many domains as there may be', { domains: thousand }, [
    decision('api-0.example.com', [pin('leaf 0')], 'allowed'),
    decision('api-999.example.com', [pin('leaf 999')], 'allowed'),
    decision('api-999.example.com', [pin('leaf 998')], 'mismatch'),
    decision('api-1000.example.com', [pin('leaf 0')], 'not_pinned'),
  ]),
  withClaims('good-no-domains', 'no domain at all', { domains: {} }, [
    decision('api.example.com', [pin('other')], 'not_pinned'),
  ]),
  withClaims(
    'good-32-pins',
    'as many pins as there may be',
    { domains: { 'api.example.com': { mode: 'pins', pins: many(32) } } },
    [decision('api.example.com', [pin('number 31')], 'allowed')],
  ),
  withClaims('good-pin-twice', 'one pin twice in one entry', {
    domains: { 'api.example.com': { mode: 'pins', pins: [pin('leaf'), pin('leaf')] } },
  }),
  withClaims('good-300-roots', 'as many roots as there may be', { roots: many(300), default: 'roots' }, [
    decision('elsewhere.example.net', [pin('leaf'), pin('number 299')], 'allowed'),
    decision('elsewhere.example.net', [pin('leaf'), pin('number 300')], 'mismatch'),
    decision('api.example.com', [pin('number 299')], 'mismatch'),
    decision('localhost', [pin('other')], 'mismatch'),
  ]),
  withClaims('good-roots-unused', 'an empty list of roots that no entry uses', { roots: [] }),
  withClaims(
    'good-hosts',
    'hosts at the edges of their form',
    {
      domains: {
        [longHost]: domain,
        'under_score.example.com': domain,
        '_dmarc.example.com': domain,
        'xn--bcher-kva.example': domain,
        '1.example.com': domain,
        'a.b': domain,
        'example.1a': domain,
        'example.0xg': domain,
      },
    },
    [
      decision(longHost, [pin('other')], 'mismatch'),
      decision('under_score.example.com', [pin('other')], 'mismatch'),
      decision('xn--bcher-kva.example', [pin('other')], 'mismatch'),
      decision('example.0xg', [pin('leaf')], 'allowed'),
    ],
  ),
  withClaims(
    'good-host-prototype',
    'names that objects of JavaScript have',
    { domains: { 'constructor.example': domain } },
    [
      decision('constructor', [pin('other')], 'not_pinned'),
      decision('__proto__', [pin('other')], 'not_pinned'),
      decision('constructor.example', [pin('other')], 'mismatch'),
    ],
  ),
  withClaims(
    'good-devices',
    'devices that are unpinned for a while',
    {
      domains: { 'api.example.com': domain, 'example.net': { ...domain, sub: true } },
      devices: [
        { h: deviceOf('everywhere'), until: issuedAt + 10_000 },
        { h: deviceOf('one domain'), until: issuedAt + 10_000, domains: ['api.example.com'] },
        { h: deviceOf('sub'), until: issuedAt + 10_000, domains: ['example.net'] },
        { h: deviceOf('gone'), until: issuedAt - 1 },
        { h: deviceOf('twice'), until: issuedAt - 1 },
        { h: deviceOf('twice'), until: issuedAt + 10_000 },
      ],
    },
    [
      decision('api.example.com', [pin('proxy')], 'not_pinned', { device: 'everywhere' }),
      decision('api.example.com', [pin('leaf')], 'not_pinned', { device: 'everywhere' }),
      decision('api.example.com', [pin('proxy')], 'not_pinned', {
        device: 'everywhere',
        at: issuedAt + 9_999,
      }),
      decision('api.example.com', [pin('proxy')], 'mismatch', {
        device: 'everywhere',
        at: issuedAt + 10_000,
      }),
      decision('api.example.com', [pin('proxy')], 'not_pinned', { device: 'one domain' }),
      decision('x.example.net', [pin('proxy')], 'mismatch', { device: 'one domain' }),
      decision('x.example.net', [pin('proxy')], 'not_pinned', { device: 'sub' }),
      decision('api.example.com', [pin('proxy')], 'mismatch', { device: 'sub' }),
      decision('api.example.com', [pin('proxy')], 'mismatch', { device: 'gone' }),
      decision('api.example.com', [pin('proxy')], 'not_pinned', { device: 'twice' }),
      decision('api.example.com', [pin('proxy')], 'mismatch', { device: 'unknown' }),
      decision('api.example.com', [pin('proxy')], 'mismatch', { device: 'Everywhere' }),
      decision('api.example.com', [pin('proxy')], 'mismatch'),
    ],
  ),
  withClaims(
    'good-devices-default-roots',
    'devices and hosts without an entry',
    {
      default: 'roots',
      roots: [pin('root')],
      devices: [
        { h: deviceOf('everywhere'), until: issuedAt + 10_000 },
        { h: deviceOf('one domain'), until: issuedAt + 10_000, domains: ['elsewhere.example.net'] },
      ],
    },
    [
      decision('elsewhere.example.net', [pin('proxy')], 'not_pinned', { device: 'everywhere' }),
      // It has no entry, so no entry's name is listed.
      decision('elsewhere.example.net', [pin('proxy')], 'mismatch', { device: 'one domain' }),
    ],
  ),
  withClaims('good-20-devices', 'as many devices as there may be', {
    devices: Array.from({ length: 20 }, (_, at) => ({ h: deviceOf(`number ${at}`), until: 0 })),
  }),
  withClaims(
    'good-expired',
    'past exp: accepted, and stale',
    {},
    [decision('api.example.com', [pin('other')], 'mismatch', { at: expiresAt + 31_536_000 })],
    { now: expiresAt + 31_536_000 },
  ),
  withClaims('good-at-expiry', 'at exp: stale', {}, [], { now: expiresAt }),
  withClaims('good-before-expiry', 'one second before exp: fresh', {}, [], { now: expiresAt - 1 }),
  withClaims(
    'good-after-expiry-off',
    'afterExpiry off: no pins from exp on',
    { afterExpiry: 'off', default: 'roots', roots: [pin('root')] },
    [
      decision('api.example.com', [pin('other')], 'mismatch', { at: expiresAt - 1 }),
      decision('api.example.com', [pin('other')], 'not_pinned', { at: expiresAt }),
      decision('elsewhere.example.com', [pin('other')], 'mismatch', { at: expiresAt - 1 }),
      decision('elsewhere.example.com', [pin('other')], 'not_pinned', { at: expiresAt }),
    ],
  ),
  withClaims('good-after-expiry-enforce', 'afterExpiry enforce', { afterExpiry: 'enforce' }, [
    decision('api.example.com', [pin('other')], 'mismatch', { at: expiresAt }),
  ]),
  withClaims('good-clock-behind', 'issued in the future: the clock decides nothing', {}, [], { now: 0 }),
  withClaims('good-refresh-least', 'the least refresh', { refresh: 60 }),
  withClaims('good-refresh-most', 'the most refresh', { refresh: 86_400 }),
  withClaims('good-largest-integers', 'integers at their limit', {
    ver: Number.MAX_SAFE_INTEGER,
    iat: Number.MAX_SAFE_INTEGER - 1,
    exp: Number.MAX_SAFE_INTEGER,
  }),
  withClaims('good-least-integers', 'integers at their lower limit', { ver: 1, iat: 0, exp: 1 }),
  withClaims('good-unknown-claims', 'unknown claims are ignored', {
    future: { deep: [[1.5, -0, 'text', null, true, { a: {} }]] },
    '': '',
    ü: '\u{1f600}',
  }),
  withClaims('good-unknown-members', 'unknown members of entries and devices are ignored', {
    domains: { 'api.example.com': { ...domain, future: [1] } },
    devices: [{ h: deviceOf('x'), until: 1, future: null }],
  }),
  written(
    'good-number-of-unknown-claim',
    'any JSON number in an unknown claim',
    usual.replace('{', '{"future":[-0,1e400,-1.5E-7,0.10,123456789012345678901234567890],'),
  ),
  written(
    'good-white-space',
    'white space of JSON around everything',
    ` \t\r\n${usual.replace(/([{}[\],:])/g, ' \t\r\n$1 \n')}`,
  ),
  written(
    'good-escaped-names',
    'members whose names are written with escapes',
    usual.replace('"aud"', '"\\u0061ud"').replace('"ES', '"\\u0045S'),
  ),
  written(
    'good-escaped-values',
    'values that are written with escapes',
    usual.replace('"pins"', '"\\u0070ins"').replace('api.example.com', 'api\\u002eexample.com'),
  ),
  written(
    'good-escapes',
    'every escape of JSON',
    usual.replace('{', '{"future":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\ud83d\\ude00",'),
  ),
  written('good-deep', '16 levels', usual.replace('{', `{"future":${'['.repeat(15)}${']'.repeat(15)},`)),
  written(
    'good-reordered',
    'claims in another order',
    JSON.stringify(Object.fromEntries(Object.entries(configurationClaims()).reverse())),
  ),
  written(
    'good-same-name-apart',
    'one name in different objects is no duplicate',
    usual.replace('{', '{"future":{"v":2,"aud":"x"},'),
  ),
  accepted(
    'good-header-order',
    'header members in another order',
    bundle({
      statement: { header: Object.fromEntries(Object.entries(keysHeader()).reverse()) },
      configuration: { header: Object.fromEntries(Object.entries(configHeader()).reverse()) },
    }),
  ),
  accepted(
    'good-header-white-space',
    'white space in a header',
    bundle({ configuration: { header: ` ${JSON.stringify(configHeader(), null, 1)}\n` } }),
  ),
  accepted(
    'good-header-escapes',
    'escapes in a header',
    bundle({
      configuration: {
        header: JSON.stringify(configHeader())
          .replace('ES256', '\\u0045S256')
          .replace('"alg"', '"\\u0061lg"'),
      },
    }),
  ),
  accepted(
    'good-high-s',
    's above n/2',
    bundle({ statement: { signature: withHighS }, configuration: { signature: withHighS } }),
  ),
  accepted('good-largest', '262,144 bytes', sized(262_144)),
  accepted('good-spare-root', 'certified by the second root', bundle({ statement: { key: spareRoot } })),
  accepted(
    'good-three-roots',
    'certified by the third of three roots',
    bundle({ statement: { key: key('third root') } }),
    {
      roots: [...appRoots, key('third root').point.toString('base64')],
    },
  ),
  accepted('good-one-root', 'the only root', bundle(), { roots: appRoots.slice(0, 1) }),
  withStatement('good-two-keys-first', 'two keys certified, signed by the first', {
    keys: [signer.jwk, nextSigner.jwk],
  }),
  withStatement(
    'good-two-keys-second',
    'two keys certified, signed by the second',
    { keys: [signer.jwk, nextSigner.jwk] },
    nextSigner,
  ),
  withStatement('good-8-keys', 'as many keys as there may be', {
    keys: [...Array.from({ length: 7 }, (_, at) => key(`key ${at}`).jwk), signer.jwk],
  }),
  withStatement('good-key-twice', 'one key twice', { keys: [signer.jwk, signer.jwk] }),
  withStatement('good-unknown-claim-of-statement', 'an unknown claim of the key statement', {
    future: { x: 1 },
  }),
  withStatement(
    'good-rotated',
    'the next generation names another key',
    { gen: 2, keys: [nextSigner.jwk] },
    nextSigner,
    held(),
  ),
  rotated(
    'good-generation-outranks',
    'the next generation with a far lower version and an earlier date',
    { ver: 1, iat: 1, exp: 2 },
    held(
      statementClaims(),
      configurationClaims({
        ver: Number.MAX_SAFE_INTEGER,
        iat: issuedAt + 9_000_000_000,
        exp: issuedAt + 9_000_000_001,
      }),
    ),
  ),
  withClaims(
    'good-next-version',
    'a higher version with an earlier date',
    { ver: 42, iat: issuedAt - 100 },
    [],
    { stored: held() },
  ),
  withClaims(
    'good-renewed',
    'the same version with a later date',
    { iat: issuedAt + 86_400, exp: expiresAt + 86_400 },
    [],
    { stored: held() },
  ),
];

function rotated(name: string, title: string, over: Claims, stored: Stored): Case {
  const statement = statementClaims({ gen: 2, keys: [nextSigner.jwk] });
  const claims = configurationClaims(over);
  const text = bundle({
    statement: { payload: statement },
    configuration: { payload: claims, key: nextSigner },
  });
  return accepted(name, title, text, { statement, claims, stored });
}
