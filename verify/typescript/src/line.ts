import { fromBase64Url } from './base64url.ts';
import { bytes32, integer, object, oneOf } from './members.ts';
import { isInRange } from './p256.ts';
import type { PublicKey } from './public-key.ts';
import { malformed, Refusal, type RefusalCode } from './refusal.ts';
import { type JsonObject, JsonProblem, type JsonValue, parseStrictJson } from './strict-json.ts';
import { fromUtf8 } from './utf8.ts';
import { type Subtle, verifyEs256 } from './web-crypto.ts';

/** One line of a bundle: a JWS in compact form (RFC 7515), decoded, nothing of it believed. */
export interface Line {
  readonly place: string;
  readonly header: Uint8Array;
  /** As it stands in the bundle. */
  readonly payloadText: string;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** The bytes that are signed. */
  readonly signed: Uint8Array;
}

export interface OpenedLine {
  readonly kid: string;
  readonly claims: JsonObject;
}

export type LineType = 'pin-keys+jwt' | 'pin-config+jwt';

const mostBytes = 262_144;

/** The two lines. Nothing but base64url, dots and line ends is read here. */
export function readLines(bundle: Uint8Array): readonly [Line, Line] {
  if (bundle.length > mostBytes) {
    throw new Refusal('too_large', `expected at most ${mostBytes} bytes, found ${bundle.length}`);
  }
  const first = bundle.indexOf(10);
  const second = bundle.indexOf(10, first + 1);
  if (first === -1 || second === -1 || second !== bundle.length - 1) {
    malformed('bundle', 'two lines, each ended by LF');
  }
  return [
    readLine('line 1', bundle.subarray(0, first)),
    readLine('line 2', bundle.subarray(first + 1, second)),
  ];
}

/** One line without its end. Throws Refusal. */
export function readLine(place: string, bytes: Uint8Array): Line {
  // Not ASCII is not base64url either, whatever it is read as.
  const text = fromUtf8(bytes) ?? malformed(place, 'ASCII');
  const parts = text.split('.');
  const [header, payload, signature] = parts.map((part) => (part === '' ? null : fromBase64Url(part)));
  if (parts.length !== 3 || !header || !payload || !signature) {
    malformed(place, 'three parts of base64url between dots');
  }
  const [headerText = '', payloadText = ''] = parts;
  const signed = bytes.subarray(0, headerText.length + 1 + payloadText.length);
  return { place, header, payloadText, payload, signature, signed };
}

/**
 * The claims of a line that one of the keys has signed: header, key, signature, and only then the payload. Every wrong
 * step is a Refusal; `unknown` is the code for a key that is not among them.
 */
export async function openLine(
  subtle: Subtle,
  line: Line,
  type: LineType,
  keys: readonly PublicKey[],
  unknown: RefusalCode,
): Promise<OpenedLine> {
  const { place } = line;
  const kid = readHeader(`${place}, header`, line, type);
  const key = keys.find((one) => one.kid === kid);
  if (key === undefined) throw new Refusal(unknown, `${place}: its key is ${kid}`);
  if (!isInRange(line.signature) || !(await verifyEs256(subtle, key.point, line.signature, line.signed))) {
    throw new Refusal('bad_signature', `${place}: the signature is not that of key ${kid}`);
  }
  return claimsOf(line, type);
}

/** What a line claims, without a look at its signature. Throws Refusal. */
export function claimsOf(line: Line, type: LineType): OpenedLine {
  const { place } = line;
  const kid = readHeader(`${place}, header`, line, type);
  const claims = object(`${place}, payload`, parse(`${place}, payload`, line.payload));
  // Before the others, which another version may have in any form.
  const version = integer(`${place}, v`, claims.get('v'));
  if (version !== 1) throw new Refusal('unsupported', `${place}: expected v 1, found ${version}`);
  return { kid, claims };
}

/** The `kid`. Exactly three members: `crit`, `jwk`, `x5c` and the like never bring a key of their own (RFC 8725, 3.10). */
function readHeader(place: string, line: Line, type: LineType): string {
  const header = object(place, parse(place, line.header));
  if (header.size !== 3) malformed(place, 'exactly the members alg, typ and kid');
  oneOf(`${place}.alg`, header.get('alg'), ['ES256']);
  oneOf(`${place}.typ`, header.get('typ'), [type]);
  bytes32(`${place}.kid`, header.get('kid'));
  return header.get('kid') as string;
}

function parse(place: string, bytes: Uint8Array): JsonValue {
  const text = fromUtf8(bytes) ?? malformed(place, 'UTF-8');
  try {
    return parseStrictJson(text);
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    throw new Refusal('malformed', `${place}: ${error.message}`);
  }
}
