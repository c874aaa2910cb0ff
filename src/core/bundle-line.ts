/** How the two lines of a bundle are put together: JWS in compact form (RFC 7515). */
import { toBase64Url } from '../../verify/typescript/src/base64url.ts';
import type { LineType } from '../../verify/typescript/src/line.ts';
import { jwkOf } from '../../verify/typescript/src/public-key.ts';
import { asciiBytes } from '../../verify/typescript/src/utf8.ts';

/** The text that is signed. The payload is ASCII, as hosts, pins and numbers are. */
export function signedText(type: LineType, kid: string, payload: string): string {
  const header = JSON.stringify({ alg: 'ES256', typ: type, kid });
  return `${toBase64Url(asciiBytes(header))}.${toBase64Url(asciiBytes(payload))}`;
}

/** A line with its end. `signature`: r and s, 64 bytes. */
export function signedLine(signed: string, signature: Uint8Array): string {
  return `${signed}.${toBase64Url(signature)}\n`;
}

export interface StatementClaims {
  readonly audience: string;
  readonly generation: number;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  /** 65-byte points. */
  readonly keys: readonly Uint8Array[];
}

export function statementPayload({ audience, generation, issuedAt, keys }: StatementClaims): string {
  return JSON.stringify({ v: 1, aud: audience, gen: generation, iat: issuedAt, keys: keys.map(jwkOf) });
}
