import {
  bundle,
  configurationClaims,
  configurationLine,
  encode,
  type Parts,
  statementClaims,
  statementLine,
} from './bundle.ts';
import { type Case, refused } from './case.ts';
import { order, toBytes, toInteger } from './es256.ts';

/** Signatures that are not right, of either line. */

type Change = (signature: Buffer, signed: Buffer) => Buffer;

const half = (signature: Buffer, which: 0 | 1) => signature.subarray(which * 32, which * 32 + 32);
const zero = Buffer.alloc(32);
const ones = Buffer.alloc(32, 0xff);
const n = toBytes(order);

const changes: readonly [name: string, title: string, change: Change][] = [
  ['all-zero', 'r and s zero (CVE-2022-21449)', () => Buffer.alloc(64)],
  ['zero-r', 'r zero', (right) => Buffer.concat([zero, half(right, 1)])],
  ['zero-s', 's zero', (right) => Buffer.concat([half(right, 0), zero])],
  ['r-is-n', 'r is n', (right) => Buffer.concat([n, half(right, 1)])],
  ['s-is-n', 's is n', (right) => Buffer.concat([half(right, 0), n])],
  ['n-twice', 'r and s are n', () => Buffer.concat([n, n])],
  ['r-above-n', 'r of 256 ones', (right) => Buffer.concat([ones, half(right, 1)])],
  ['s-above-n', 's of 256 ones', (right) => Buffer.concat([half(right, 0), ones])],
  ['r-and-s-one', 'r and s are 1', () => Buffer.concat([toBytes(1n), toBytes(1n)])],
  ['swapped-halves', 's before r', (right) => Buffer.concat([half(right, 1), half(right, 0)])],
  [
    'other-s',
    's plus 1',
    (right) => Buffer.concat([half(right, 0), toBytes((toInteger(half(right, 1)) % (order - 1n)) + 1n)]),
  ],
  ['first-bit', 'its first bit flipped', (right) => flipped(right, 0, 0x80)],
  ['last-bit', 'its last bit flipped', (right) => flipped(right, 63, 1)],
  ['der', 'a DER signature', der],
  ['63-bytes', 'one byte less', (right) => right.subarray(0, 63)],
  ['65-bytes', 'one byte more', (right) => Buffer.concat([right, Buffer.alloc(1)])],
  ['65-bytes-before', 'a zero byte before it', (right) => Buffer.concat([Buffer.alloc(1), right])],
  ['96-bytes', 'the size of ES384', (right) => Buffer.concat([right, zero])],
  ['1-byte', 'one byte', () => Buffer.of(1)],
];

function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ bit;
  return changed;
}

/** SEQUENCE of two INTEGERs. */
function der(signature: Buffer): Buffer {
  const integer = (value: Buffer) => {
    const digits = Buffer.from(toInteger(value).toString(16).padStart(64, '0'), 'hex');
    const positive = (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), digits]) : digits;
    return Buffer.concat([Buffer.of(2, positive.length), positive]);
  };
  const both = Buffer.concat([integer(half(signature, 0)), integer(half(signature, 1))]);
  return Buffer.concat([Buffer.of(0x30, both.length), both]);
}

const bad = (name: string, title: string, text: string) =>
  refused(`bad-signature-${name}`, 'bad_signature', title, text);

/** The right signature of one line under another payload. */
function withPayload(line: string, payload: string): string {
  const [header, , signature] = line.split('.');
  return `${header}.${payload}.${signature}`;
}

const first = statementLine();
const second = configurationLine();

export const badSignature: readonly Case[] = [
  ...changes.flatMap(([name, title, signature]) => {
    const of = (part: keyof Parts) => bundle({ [part]: { signature } });
    return [
      bad(`${name}-of-statement`, `key statement: ${title}`, of('statement')),
      bad(name, `configuration: ${title}`, of('configuration')),
    ];
  }),
  bad(
    'other-payload',
    'another version under the old signature',
    `${first}\n${withPayload(second, encode(configurationClaims({ ver: 42 })))}\n`,
  ),
  bad(
    'other-payload-of-statement',
    'another generation under the old signature',
    `${withPayload(first, encode(statementClaims({ gen: 2 })))}\n${second}\n`,
  ),
  bad(
    'not-json',
    'a payload that is no JSON is not read before its signature',
    `${first}\n${withPayload(second, encode('not JSON'))}\n`,
  ),
  bad('deep', 'nor one of 10,000 levels', `${first}\n${withPayload(second, encode('['.repeat(10_000)))}\n`),
  bad(
    'of-other-line',
    'the signature of the other line',
    `${first}\n${second.split('.').slice(0, 2).join('.')}.${first.split('.')[2]}\n`,
  ),
  bad('other-header-text', 'a space more in the header', `${first}\n${withHeader(second, ' ')}\n`),
];

function withHeader(line: string, space: string): string {
  const [header = '', payload, signature] = line.split('.');
  const text = Buffer.from(header, 'base64url').toString() + space;
  return `${Buffer.from(text).toString('base64url')}.${payload}.${signature}`;
}
