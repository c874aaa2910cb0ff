import { type Payload, statementClaims } from './bundle.ts';
import type { Case } from './case.ts';
import { configuration, statement, usual } from './refused-claims.ts';

/** Payloads that are no strict JSON. */

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

export const badJson: readonly Case[] = [
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
