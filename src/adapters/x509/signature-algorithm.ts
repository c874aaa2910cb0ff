/**
 * The algorithm of a certificate's signature (RFC 5280, section 4.1.1.2), as a code for rules and a label for people.
 */
import { children, DecodeProblem, type Element, oidAt, sequenceOf, smallInteger } from './der.ts';

const rsaPss = '1.2.840.113549.1.1.10';
const sha1 = '1.3.14.3.2.26';
const defaultSaltLength = 20;

const LABELS: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'RSA with MD2',
  '1.2.840.113549.1.1.3': 'RSA with MD4',
  '1.2.840.113549.1.1.4': 'RSA with MD5',
  '1.2.840.113549.1.1.5': 'RSA with SHA-1',
  '1.2.840.113549.1.1.11': 'RSA with SHA-256',
  '1.2.840.113549.1.1.12': 'RSA with SHA-384',
  '1.2.840.113549.1.1.13': 'RSA with SHA-512',
  '1.2.840.113549.1.1.14': 'RSA with SHA-224',
  '1.2.840.10045.4.1': 'ECDSA with SHA-1',
  '1.2.840.10045.4.3.1': 'ECDSA with SHA-224',
  '1.2.840.10045.4.3.2': 'ECDSA with SHA-256',
  '1.2.840.10045.4.3.3': 'ECDSA with SHA-384',
  '1.2.840.10045.4.3.4': 'ECDSA with SHA-512',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
  '1.2.840.10040.4.3': 'DSA with SHA-1',
  '2.16.840.1.101.3.4.3.2': 'DSA with SHA-256',
  '2.16.840.1.101.3.4.3.17': 'ML-DSA-44',
  '2.16.840.1.101.3.4.3.18': 'ML-DSA-65',
  '2.16.840.1.101.3.4.3.19': 'ML-DSA-87',
};

const HASHES: Readonly<Record<string, string>> = {
  [sha1]: 'SHA-1',
  '2.16.840.1.101.3.4.2.1': 'SHA-256',
  '2.16.840.1.101.3.4.2.2': 'SHA-384',
  '2.16.840.1.101.3.4.2.3': 'SHA-512',
  '2.16.840.1.101.3.4.2.4': 'SHA-224',
};

/**
 * Dotted; for RSASSA-PSS followed by its parameters (hash, hash of the mask, length of the salt) or `unreadable`.
 * Throws DecodeProblem.
 */
export function signatureCode(identifier: Uint8Array): string {
  const [oid, parameters] = sequenceOf(identifier, 'AlgorithmIdentifier');
  const algorithm = oidAt(identifier, oid, 'AlgorithmIdentifier');
  if (algorithm !== rsaPss) return algorithm;
  try {
    return [algorithm, ...pssParameters(identifier, parameters)].join(' ');
  } catch (error) {
    if (error instanceof DecodeProblem) return `${algorithm} unreadable`;
    throw error;
  }
}

/** The label of a signature code: `ECDSA with SHA-256`, `RSA-PSS with SHA-256`, or the OID if it has no name here. */
export function signatureLabel(code: string): string {
  const [algorithm = '', hash = ''] = code.split(' ');
  if (algorithm === rsaPss) return `RSA-PSS with ${HASHES[hash] ?? hash}`;
  return LABELS[algorithm] ?? algorithm;
}

/** RSASSA-PSS-params (RFC 4055, section 3.1): missing parameters have their defaults. */
function pssParameters(bytes: Uint8Array, parameters: Element | undefined): [string, string, number] {
  const fields = parameters === undefined ? [] : children(bytes, parameters, 'RSASSA-PSS-params');
  const inside = (number: number) => {
    const field = fields.find(({ tag }) => tag === 0xa0 + number);
    return field === undefined ? undefined : children(bytes, field, 'RSASSA-PSS-params')[0];
  };
  const [hash, mask, salt] = [inside(0), inside(1), inside(2)];
  return [
    hash === undefined ? sha1 : oidAt(bytes, children(bytes, hash, 'hashAlgorithm')[0], 'hashAlgorithm'),
    mask === undefined ? sha1 : maskHash(bytes, mask),
    salt === undefined ? defaultSaltLength : smallInteger(bytes, salt, 'saltLength'),
  ];
}

/** MGF1 is the only mask in use; its parameter is its hash. */
function maskHash(bytes: Uint8Array, mask: Element): string {
  const [, hash] = children(bytes, mask, 'maskGenAlgorithm');
  if (hash === undefined) throw new DecodeProblem('maskGenAlgorithm: expected a hash');
  return oidAt(bytes, children(bytes, hash, 'maskGenAlgorithm')[0], 'maskGenAlgorithm');
}
