import { createHmac } from 'node:crypto';
import {
  bundle,
  configHeader,
  configurationClaims,
  configurationLine,
  foreignRoot,
  keysHeader,
  line,
  nextSigner,
  root,
  signer,
  statementClaims,
  statementLine,
} from './bundle.ts';
import { type Case, refused } from './case.ts';
import { sized } from './good.ts';

/** Bundles that are refused before a payload is read: lines, headers, keys, signatures. */

const first = statementLine();
const second = configurationLine();
const parts = (text: string) => text.split('.') as [string, string, string];

const malformed = (name: string, title: string, text: string | Buffer) =>
  refused(`malformed-${name}`, 'malformed', title, text);

/** Header and payload of a line, and a signature as text. */
function withSignature(text: string, signature: string): string {
  const [header, payload] = parts(text);
  return `${header}.${payload}.${signature}`;
}

/** The last character has bits that belong to no byte: the same bytes in another spelling. */
function misspelt(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  if (part.length % 4 === 0) throw new Error('this part has no unused bits');
  return part.slice(0, -1) + alphabet[alphabet.indexOf(part.at(-1) ?? '') + 1];
}

function misspeltSignature(line: string): string {
  return withSignature(line, misspelt(parts(line)[2]));
}

/** A payload with 1 byte more than threes has unused bits. */
const oddClaims = [0, 1, 2]
  .map((length) => configurationClaims({ padding: 'x'.repeat(length) }))
  .filter((claims) => JSON.stringify(claims).length % 3 !== 0)[0];
const odd = configurationLine({ payload: oddClaims ?? '' });
const oddHeader = [0, 1, 2]
  .map((length) => JSON.stringify(configHeader()) + ' '.repeat(length))
  .filter((header) => header.length % 3 !== 0)[0];
const oddHeaded = configurationLine({ header: oddHeader ?? '' });

const lines: readonly Case[] = [
  refused('too-large', 'too_large', '262,145 bytes, else right', sized(262_145)),
  refused('too-large-garbage', 'too_large', '262,145 bytes of zero', Buffer.alloc(262_145)),
  malformed('largest-garbage', '262,144 bytes of zero', Buffer.alloc(262_144)),
  malformed('empty', 'no bytes', ''),
  malformed('line-end-alone', 'a line end alone', '\n'),
  malformed('line-ends-alone', 'two empty lines', '\n\n'),
  malformed('one-line', 'the key statement alone', `${first}\n`),
  malformed('no-last-line-end', 'the second line does not end', `${first}\n${second}`),
  malformed('third-line', 'a third line', `${first}\n${second}\n${second}\n`),
  malformed('third-line-unended', 'a third line without its end', `${first}\n${second}\n${second}`),
  malformed('empty-third-line', 'an empty third line', `${first}\n${second}\n\n`),
  malformed('empty-line-between', 'an empty line between', `${first}\n\n${second}\n`),
  malformed('empty-line-before', 'an empty line before', `\n${first}\n${second}\n`),
  malformed('crlf', 'CR before each LF', `${first}\r\n${second}\r\n`),
  malformed('cr-last', 'CR before the last LF', `${first}\n${second}\r\n`),
  malformed('cr', 'CR in place of LF', `${first}\r${second}\r`),
  malformed('space-after', 'a space at the end of a line', `${first} \n${second}\n`),
  malformed('space-before', 'a space at the start of a line', `${first}\n ${second}\n`),
  malformed('byte-order-mark', 'a byte order mark', `\ufeff${first}\n${second}\n`),
  malformed(
    'not-ascii',
    'a byte above 127',
    Buffer.concat([Buffer.from(`${first}\n${second}`), Buffer.of(0xff, 10)]),
  ),
  malformed('nul', 'a NUL at the end', `${first}\n${second}\0\n`),
  malformed('swapped-lines', 'the lines change places', `${second}\n${first}\n`),
  malformed('statement-twice', 'the key statement in both lines', `${first}\n${first}\n`),
  malformed('configuration-twice', 'the configuration in both lines', `${second}\n${second}\n`),
  malformed('two-parts', 'two parts', `${first}\n${parts(second).slice(0, 2).join('.')}\n`),
  malformed('four-parts', 'four parts', `${first}\n${second}.AA\n`),
  malformed('four-parts-last-empty', 'a dot at the end', `${first}\n${second}.\n`),
  malformed('five-parts', 'five parts, as JWE has', `${first}\n${second}.AA.AA\n`),
  malformed('empty-header', 'an empty header', `${first}\n.${parts(second)[1]}.${parts(second)[2]}\n`),
  malformed(
    'empty-payload',
    'an empty payload, as of a detached signature',
    `${first}\n${parts(second)[0]}..${parts(second)[2]}\n`,
  ),
  malformed('empty-signature', 'an empty signature', `${first}\n${withSignature(second, '')}\n`),
  malformed(
    'empty-signature-first',
    'an empty signature of the key statement',
    `${withSignature(first, '')}\n${second}\n`,
  ),
  malformed('padding', 'padding', `${first}\n${second}==\n`),
  malformed('padding-of-payload', 'padding of a payload', `${first}\n${odd.replace(/\.(?=[^.]*$)/, '=.')}\n`),
  malformed(
    'plus-and-slash',
    'the alphabet of ordinary base64',
    `${first}\n${withSignature(second, '+/'.repeat(43))}\n`,
  ),
  malformed(
    'space-within',
    'a space within a part',
    `${first}\n${second.slice(0, 40)} ${second.slice(40)}\n`,
  ),
  malformed(
    'impossible-length',
    'a length that base64url never has',
    `${first}\n${second}A${'A'.repeat(2)}\n`,
  ),
  malformed(
    'unused-bits-of-signature',
    'unused bits of a signature',
    `${first}\n${misspeltSignature(second)}\n`,
  ),
  malformed(
    'unused-bits-of-first-signature',
    'unused bits of the first signature',
    `${misspeltSignature(first)}\n${second}\n`,
  ),
  malformed(
    'unused-bits-of-payload',
    'unused bits of a payload',
    `${first}\n${parts(odd)[0]}.${misspelt(parts(odd)[1])}.${parts(odd)[2]}\n`,
  ),
  malformed(
    'unused-bits-of-header',
    'unused bits of a header',
    `${first}\n${misspelt(parts(oddHeaded)[0])}.${parts(oddHeaded)[1]}.${parts(oddHeaded)[2]}\n`,
  ),
];

const keyed = { kid: root.kid };
const headers: readonly [name: string, title: string, header: object | string][] = [
  ['alg-none', 'alg none, with a signature', { alg: 'none' }],
  ['alg-hs256', 'alg HS256', { alg: 'HS256' }],
  ['alg-rs256', 'alg RS256', { alg: 'RS256' }],
  ['alg-es384', 'alg ES384', { alg: 'ES384' }],
  ['alg-es256k', 'alg ES256K', { alg: 'ES256K' }],
  ['alg-eddsa', 'alg EdDSA', { alg: 'EdDSA' }],
  ['alg-lower-case', 'alg es256', { alg: 'es256' }],
  ['alg-empty', 'alg empty', { alg: '' }],
  ['alg-list', 'alg as a list', { alg: ['ES256'] }],
  ['alg-null', 'alg null', { alg: null }],
  ['alg-missing', 'no alg', { alg: undefined }],
  ['typ-swapped', 'the typ of the configuration', { typ: 'pin-config+jwt' }],
  ['typ-jwt', 'typ JWT', { typ: 'JWT' }],
  ['typ-media-type', 'typ with application/', { typ: 'application/pin-keys+jwt' }],
  ['typ-upper-case', 'typ in upper case', { typ: 'PIN-KEYS+JWT' }],
  ['typ-missing', 'no typ', { typ: undefined }],
  ['kid-missing', 'no kid', { kid: undefined }],
  ['kid-number', 'kid a number', { kid: 1 }],
  ['kid-null', 'kid null', { kid: null }],
  ['kid-empty', 'kid empty', { kid: '' }],
  ['kid-short', 'kid of 31 bytes', { kid: root.kid.slice(0, 42).replace(/.$/, 'A') }],
  ['kid-long', 'kid of 33 bytes', { kid: `${root.kid.slice(0, 42)}AA` }],
  ['kid-misspelt', 'unused bits of kid', { kid: misspelt(root.kid) }],
  ['kid-padded', 'kid with padding', { kid: `${root.kid}=` }],
  ['member-crit', 'crit', { crit: ['exp'] }],
  ['member-empty-crit', 'an empty crit', { crit: [] }],
  ['member-jwk', 'a key in the header', { jwk: root.jwk }],
  ['member-jku', 'the URL of a key', { jku: 'https://keys.example/' }],
  ['member-x5c', 'a certificate', { x5c: ['MIIB'] }],
  ['member-x5u', 'the URL of a certificate', { x5u: 'https://keys.example/' }],
  ['member-b64', 'an unencoded payload', { b64: false, crit: ['b64'] }],
  ['member-unknown', 'an unknown member', { future: 1 }],
  ['member-empty', 'a member with an empty name', { '': 1 }],
  ['member-alg-upper-case', 'ALG beside alg', { ALG: 'none' }],
];

const raw = JSON.stringify(keysHeader());
const headerTexts: readonly [name: string, title: string, header: string | Buffer][] = [
  ['duplicate-alg', 'alg twice', raw.replace('{', '{"alg":"none",')],
  ['duplicate-alg-last', 'alg twice, the wrong one last', raw.replace('}', ',"alg":"none"}')],
  ['duplicate-escaped', 'alg twice, once with an escape', raw.replace('{', '{"\\u0061lg":"ES256",')],
  ['duplicate-kid', 'kid twice, alike', raw.replace('}', `,"kid":"${root.kid}"}`)],
  ['not-json', 'no JSON', 'ES256'],
  ['list', 'a list', `[${raw}]`],
  ['text', 'a string', JSON.stringify(raw)],
  ['null', 'null', 'null'],
  ['empty-object', 'no members', '{}'],
  ['trailing-comma', 'a comma at the end', raw.replace('}', ',}')],
  ['single-quotes', 'single quotes', raw.replace(/"/g, "'")],
  ['byte-order-mark', 'a byte order mark', `\ufeff${raw}`],
  ['trailing-text', 'text after it', `${raw}x`],
  ['two-objects', 'two objects', `${raw}${raw}`],
  [
    'not-utf8',
    'bytes that are not UTF-8',
    Buffer.concat([Buffer.from(raw.slice(0, -2)), Buffer.of(0xff), Buffer.from('"}')]),
  ],
  ['deep', '10,000 levels', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
];

const badHeaders: readonly Case[] = [
  ...headers.flatMap(([name, title, over]) => [
    malformed(
      `header-${name}`,
      `key statement: ${title}`,
      bundle({ statement: { header: keysHeader(over as object) } }),
    ),
  ]),
  ...headerTexts.map(([name, title, header]) =>
    malformed(`header-json-${name}`, `key statement, header: ${title}`, bundle({ statement: { header } })),
  ),
  malformed(
    'config-header-typ-swapped',
    'configuration: the typ of the key statement',
    bundle({ configuration: { header: configHeader({ typ: 'pin-keys+jwt' }) } }),
  ),
  malformed(
    'config-header-alg-none',
    'configuration: alg none',
    bundle({ configuration: { header: configHeader({ alg: 'none' }) } }),
  ),
  malformed(
    'config-header-jwk',
    'configuration: a key in the header',
    bundle({ configuration: { header: configHeader({ jwk: signer.jwk }) } }),
  ),
  malformed(
    'config-header-duplicate',
    'configuration: kid twice',
    bundle({
      configuration: { header: JSON.stringify(configHeader()).replace('{', `{"kid":"${root.kid}",`) },
    }),
  ),
  malformed(
    'alg-none-unsigned',
    'alg none with one byte of signature',
    `${first}\n${withSignature(configurationLine({ header: configHeader({ alg: 'none' }) }), 'AA')}\n`,
  ),
  malformed(
    'alg-hs256-keyed',
    'HS256 with the public key as its secret',
    `${line({ header: keysHeader({ alg: 'HS256' }), payload: statementClaims(), key: root, signature: (_, signed) => createHmac('sha256', root.point).update(signed).digest() })}\n${second}\n`,
  ),
];

const keys: readonly Case[] = [
  refused('unknown-root', 'unknown_root', 'a foreign root', bundle({ statement: { key: foreignRoot } })),
  refused(
    'unknown-root-signing-key',
    'unknown_root',
    'the signing key certifies itself',
    bundle({ statement: { key: signer } }),
  ),
  refused(
    'unknown-root-text',
    'unknown_root',
    'a kid of 32 zero bytes',
    bundle({ statement: { header: keysHeader({ kid: 'A'.repeat(43) }) } }),
  ),
  refused(
    'unknown-key',
    'unknown_key',
    'signed by a key that is not certified',
    bundle({ configuration: { key: nextSigner } }),
  ),
  refused(
    'unknown-key-root',
    'unknown_key',
    'the root signs the configuration itself',
    bundle({ configuration: { key: root } }),
  ),
  refused(
    'unknown-key-withdrawn',
    'unknown_key',
    'the key statement of the next generation with a configuration of the last',
    bundle({ statement: { payload: statementClaims({ gen: 2, keys: [nextSigner.jwk] }) } }),
  ),
  refused(
    'bad-signature-foreign-root',
    'bad_signature',
    'a foreign root under the name of the right one',
    bundle({ statement: { header: keysHeader(keyed), key: foreignRoot } }),
  ),
  refused(
    'bad-signature-foreign-key',
    'bad_signature',
    'a foreign key under the name of the right one',
    bundle({ configuration: { header: configHeader(), key: nextSigner } }),
  ),
];

export const badForm: readonly Case[] = [...lines, ...badHeaders, ...keys];
