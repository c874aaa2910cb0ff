import { type Key, key, sha256, sign } from './es256.ts';

/** Bundles for the cases: good ones, and ones with any part replaced. */

export const root = key('root');
export const spareRoot = key('spare root');
export const foreignRoot = key('foreign root');
export const signer = key('signing key');
export const nextSigner = key('next signing key');

export const channel = 'mfrggzdfmztwq2lknnwg23tpob';
export const issuedAt = 1_795_300_000;
export const expiresAt = 1_796_509_600;

/** The pin of a key of this name. */
export const pin = (name: string) => sha256(`pinwatch vectors: pin ${name}`).toString('base64');

/** `h` of a device with this id. */
export const deviceOf = (id: string) => sha256(`pinwatch-device\0${channel}\0${id}`).toString('base64url');

/** Claims, or a payload as text or bytes. */
export type Payload = Readonly<Record<string, unknown>> | string | Buffer;

export const statementClaims = (over: Readonly<Record<string, unknown>> = {}) => ({
  v: 1,
  aud: channel,
  gen: 1,
  iat: 1_795_200_000,
  keys: [signer.jwk],
  ...over,
});

export const configurationClaims = (over: Readonly<Record<string, unknown>> = {}) => ({
  v: 1,
  aud: channel,
  ver: 41,
  iat: issuedAt,
  exp: expiresAt,
  domains: { 'api.example.com': { mode: 'pins', pins: [pin('leaf'), pin('backup')] } },
  ...over,
});

export interface LineParts {
  readonly header: Payload;
  readonly payload: Payload;
  readonly key: Key;
  /** What becomes of the right signature. */
  readonly signature?: (signature: Buffer, signed: Buffer) => Buffer;
}

export const keysHeader = (over: object = {}, by: Key = root) => ({
  alg: 'ES256',
  typ: 'pin-keys+jwt',
  kid: by.kid,
  ...over,
});

export const configHeader = (over: object = {}, by: Key = signer) => ({
  alg: 'ES256',
  typ: 'pin-config+jwt',
  kid: by.kid,
  ...over,
});

export function line({ header, payload, key: by, signature = (right) => right }: LineParts): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  const bytes = Buffer.from(signed);
  return `${signed}.${signature(sign(bytes, by), bytes).toString('base64url')}`;
}

export function encode(payload: Payload): string {
  const bytes = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload);
  return Buffer.from(bytes as string).toString('base64url');
}

export interface Parts {
  readonly statement?: Partial<LineParts>;
  readonly configuration?: Partial<LineParts>;
}

export function statementLine(parts: Partial<LineParts> = {}): string {
  const by = parts.key ?? root;
  return line({ header: keysHeader({}, by), payload: statementClaims(), key: by, ...parts });
}

export function configurationLine(parts: Partial<LineParts> = {}): string {
  const by = parts.key ?? signer;
  return line({ header: configHeader({}, by), payload: configurationClaims(), key: by, ...parts });
}

export function bundle({ statement = {}, configuration = {} }: Parts = {}): string {
  return `${statementLine(statement)}\n${configurationLine(configuration)}\n`;
}
