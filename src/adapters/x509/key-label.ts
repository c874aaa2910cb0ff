import type { PublicKeyFacts } from '../../core/certificate-facts.ts';
import { readPublicKey } from './public-key.ts';

const ALGORITHMS: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.1': 'RSA',
  '1.2.840.113549.1.1.10': 'RSA-PSS',
  '1.2.840.10045.2.1': 'EC',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
  '1.2.840.10040.4.1': 'DSA',
  '2.16.840.1.101.3.4.3.17': 'ML-DSA-44',
  '2.16.840.1.101.3.4.3.18': 'ML-DSA-65',
  '2.16.840.1.101.3.4.3.19': 'ML-DSA-87',
};

const CURVES: Readonly<Record<string, string>> = {
  '1.2.840.10045.3.1.1': 'P-192',
  '1.3.132.0.33': 'P-224',
  '1.2.840.10045.3.1.7': 'P-256',
  '1.3.132.0.34': 'P-384',
  '1.3.132.0.35': 'P-521',
  '1.3.132.0.10': 'secp256k1',
  '1.3.36.3.3.2.8.1.1.7': 'brainpoolP256r1',
  '1.3.36.3.3.2.8.1.1.11': 'brainpoolP384r1',
  '1.3.36.3.3.2.8.1.1.13': 'brainpoolP512r1',
  '1.2.156.10197.1.301': 'SM2',
  explicit: 'with explicit parameters',
};

/**
 * The kind of a public key for people, from SubjectPublicKeyInfo: `EC P-256`, `RSA 2048`, an OID if it has no name
 * here. Only a label: if the key inside is unreadable, the size is left out, and the certificate still counts.
 */
export function keyLabel(spki: Uint8Array): string {
  return labelOf(readPublicKey(spki));
}

function labelOf({ algorithm, curve, rsaBits }: PublicKeyFacts): string {
  const name = ALGORITHMS[algorithm] ?? algorithm;
  if (curve !== null) return `${name} ${CURVES[curve] ?? curve}`;
  return rsaBits === null ? name : `${name} ${rsaBits}`;
}
