/** Files with keys in every form, made by the openssl command, and the pins that it computes. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openssl } from './openssl.ts';

export const password = 'correct hörse 🐎';

const none = Buffer.alloc(0);

/** The arguments of `openssl genpkey`, and the label of the key. */
export const algorithms = {
  rsa: [['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'], 'RSA 2048'],
  'rsa-pss': [['-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'], 'RSA-PSS 2048'],
  'p-256': [['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'], 'EC P-256'],
  'p-384': [['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'], 'EC P-384'],
  'p-521': [['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'], 'EC P-521'],
  secp256k1: [['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1'], 'EC secp256k1'],
  ed25519: [['-algorithm', 'ED25519'], 'Ed25519'],
  ed448: [['-algorithm', 'ED448'], 'Ed448'],
} as const;
export type Algorithm = keyof typeof algorithms;

export interface Material {
  readonly algorithm: Algorithm;
  /** PEM of each. */
  readonly key: Buffer;
  readonly publicKey: Buffer;
  readonly certificate: Buffer;
  readonly request: Buffer;
  /** By `openssl pkey -pubin | openssl dgst -sha256`. */
  readonly pin: string;
}

export function material(algorithm: Algorithm): Material {
  const key = openssl(['genpkey', ...algorithms[algorithm][0]], none);
  const publicKey = openssl(['pkey', '-pubout'], key);
  return inFolder((file) => {
    const request = ['req', '-new', '-key', file('key', key), '-subj', `/CN=${algorithm}.example`];
    return {
      ...{ algorithm, key, publicKey, pin: pinOf(publicKey) },
      request: openssl(request, none),
      certificate: openssl([...request, '-x509', '-days', '30'], none),
    };
  });
}

/** The pipeline of RFC 7469's appendix A. */
export function pinOf(publicKeyPem: Buffer): string {
  const der = openssl(['pkey', '-pubin', '-outform', 'der'], publicKeyPem);
  return `sha256/${openssl(['dgst', '-sha256', '-binary'], der).toString('base64')}`;
}

/** A PKCS#12 file; further arguments as `openssl pkcs12 -export` takes them. */
export function pkcs12(
  { key, certificate }: Material,
  args: readonly string[] = [],
  { secret = password, more = none }: { readonly secret?: string; readonly more?: Buffer } = {},
): Buffer {
  return inFolder((file) => {
    const from = ['-inkey', file('key', key), '-in', file('certificate', certificate)];
    const chain = more.length > 0 ? ['-certfile', file('more', more)] : [];
    const pass = ['-passout', `file:${file('password', Buffer.from(secret))}`];
    return openssl(['pkcs12', '-export', ...from, ...chain, ...pass, ...args], none);
  });
}

/** An encrypted key; further arguments as the openssl command takes them. */
export function encrypted(key: Buffer, args: readonly string[]): Buffer {
  return inFolder((file) =>
    openssl([...args, '-passout', `file:${file('password', Buffer.from(password))}`], key),
  );
}

/** What the openssl command reads from a file that the password protects. */
export function converted(args: readonly string[], bytes: Buffer): Buffer {
  return inFolder((file) => {
    const from = ['-in', file('bytes', bytes), '-passin', `file:${file('password', Buffer.from(password))}`];
    return openssl([...args, ...from], none);
  });
}

export function pkcs7(certificates: Buffer, form: 'PEM' | 'DER'): Buffer {
  return inFolder((file) =>
    openssl(['crl2pkcs7', '-nocrl', '-certfile', file('certificates', certificates), '-outform', form], none),
  );
}

export function sha256(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('hex');
}

function inFolder<T>(use: (file: (name: string, bytes: Buffer) => string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'pinwatch-keys-'));
  try {
    return use((name, bytes) => {
      const path = join(folder, name);
      writeFileSync(path, bytes, { mode: 0o600 });
      return path;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
