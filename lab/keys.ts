/**
 * Key pairs and certificate signatures, with node:crypto only: node-forge supports neither elliptic curves nor RSA-PSS.
 */
import { constants, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { asn1 } from 'node-forge';
import { explicit, integer, nil, oid, sequence } from './der.ts';

export type KeyAlgorithm =
  | 'ec-p256'
  | 'ec-p384'
  | 'ec-p521'
  | 'ed25519'
  | 'rsa-1024'
  | 'rsa-2048'
  | 'rsa-4096'
  | 'rsa-8192'
  | 'rsa-pss-2048';

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/**
 * Makes a new key pair, synchronously: an EC or Ed25519 key takes under 1 ms, RSA-2048 about 50 ms, RSA-4096
 * about half a second, RSA-8192 several seconds. A test that needs many certificates should share RSA keys.
 */
export function generateKeys(algorithm: KeyAlgorithm = 'ec-p256'): KeyPair {
  switch (algorithm) {
    case 'ec-p256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'ec-p384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' });
    case 'ec-p521':
      return generateKeyPairSync('ec', { namedCurve: 'P-521' });
    case 'ed25519':
      return generateKeyPairSync('ed25519');
    case 'rsa-1024':
      return generateKeyPairSync('rsa', { modulusLength: 1024 });
    case 'rsa-2048':
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
    case 'rsa-4096':
      return generateKeyPairSync('rsa', { modulusLength: 4096 });
    case 'rsa-8192':
      return generateKeyPairSync('rsa', { modulusLength: 8192 });
    case 'rsa-pss-2048':
      return generateKeyPairSync('rsa-pss', {
        modulusLength: 2048,
        hashAlgorithm: 'sha256',
        mgf1HashAlgorithm: 'sha256',
        // A number, despite its declaration in @types/node 20.
        saltLength: PSS_SALT_BYTES as unknown as string,
      });
    default:
      return algorithm satisfies never;
  }
}

/** How a key signs certificates: the AlgorithmIdentifier to write, and the signature over given bytes. */
export interface Signer {
  readonly algorithm: () => asn1.Asn1;
  readonly sign: (tbs: Buffer) => Buffer;
}

const PSS_SALT_BYTES = 32;

/** The hash that goes with the curve's size (RFC 5480, section 4); SHA-256 for all others. */
const ecdsaWith: Readonly<Record<string, 'sha384' | 'sha512'>> = { secp384r1: 'sha384', secp521r1: 'sha512' };

/** SHA-1 and MD5 are for certificates that no CA signs any more. */
export type Hash = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512';

const ecdsaOids: Readonly<Record<Exclude<Hash, 'md5'>, string>> = {
  sha1: '1.2.840.10045.4.1',
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
};

const rsaOids: Readonly<Record<Hash, string>> = {
  md5: '1.2.840.113549.1.1.4',
  sha1: '1.2.840.113549.1.1.5',
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  sha512: '1.2.840.113549.1.1.13',
};

/** Without `hash`, the one that goes with the key. EdDSA and RSA-PSS keys have their own. */
export function signerFor(key: KeyObject, hash?: Hash): Signer {
  switch (key.asymmetricKeyType) {
    case 'ec': {
      const curve = createPublicKey(key).asymmetricKeyDetails?.namedCurve ?? '';
      const chosen = hash ?? ecdsaWith[curve] ?? 'sha256';
      if (chosen === 'md5') throw new TypeError('no certificate is signed by an EC key with MD5');
      return { algorithm: () => sequence(oid(ecdsaOids[chosen])), sign: (tbs) => sign(chosen, tbs, key) };
    }
    case 'ed25519':
      return { algorithm: () => sequence(oid('1.3.101.112')), sign: (tbs) => sign(null, tbs, key) };
    case 'rsa':
      return {
        algorithm: () => sequence(oid(rsaOids[hash ?? 'sha256']), nil()),
        sign: (tbs) => sign(hash ?? 'sha256', tbs, key),
      };
    case 'rsa-pss':
      return {
        algorithm: pssAlgorithm,
        sign: (tbs) =>
          sign('sha256', tbs, {
            key,
            padding: constants.RSA_PKCS1_PSS_PADDING,
            saltLength: PSS_SALT_BYTES,
          }),
      };
    default:
      throw new TypeError(
        `cannot sign a certificate with a key of type ${key.asymmetricKeyType}; expected ec, ed25519, rsa or rsa-pss`,
      );
  }
}

/** RSASSA-PSS-params with SHA-256 throughout, RFC 4055 section 3.1. */
function pssAlgorithm(): asn1.Asn1 {
  const sha256 = () => sequence(oid('2.16.840.1.101.3.4.2.1'), nil());
  return sequence(
    oid('1.2.840.113549.1.1.10'),
    sequence(
      explicit(0, sha256()),
      explicit(1, sequence(oid('1.2.840.113549.1.1.8'), sha256())),
      explicit(2, integer(PSS_SALT_BYTES)),
    ),
  );
}
