import { domain, many, withClaims } from './accepted-claims.ts';
import { bundle, deviceOf, expiresAt, issuedAt, pin } from './bundle.ts';
import { accepted, type Case, decision } from './case.ts';

/** Accepted configurations, and what they ask of connections. */

const thousand = Object.fromEntries(
  Array.from({ length: 1_000 }, (_, at) => [
    `api-${at}.example.com`,
    { mode: 'pins', pins: [pin(`leaf ${at}`), pin('backup')] },
  ]),
);
const longLabel = 'a'.repeat(63);
const longHost = `${longLabel}.${longLabel}.${longLabel}.${'b'.repeat(57)}.com`;

export const goodDecisions: readonly Case[] = [
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
  withClaims('good-300-roots', 'as many roots as there may be', { roots: many(300), default: 'roots' }, [
    decision('elsewhere.example.net', [pin('leaf'), pin('number 299')], 'allowed'),
    decision('elsewhere.example.net', [pin('leaf'), pin('number 300')], 'mismatch'),
    decision('api.example.com', [pin('number 299')], 'mismatch'),
    decision('localhost', [pin('other')], 'mismatch'),
  ]),
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
  withClaims(
    'good-expired',
    'past exp: accepted, and stale',
    {},
    [decision('api.example.com', [pin('other')], 'mismatch', { at: expiresAt + 31_536_000 })],
    { now: expiresAt + 31_536_000 },
  ),
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
];
