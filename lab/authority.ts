/**
 * A certificate authority created on demand, for the demo, the tests and the benchmarks. It issues whatever a real, odd
 * or hostile server could present: nothing here checks that a certificate makes sense.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { asn1 } from 'node-forge';
import { bits, bool, decode, encode, explicit, integer, octets, oid, sequence, time } from './der.ts';
import { type Extension, standardExtensions } from './extensions.ts';
import { generateKeys, type Hash, type KeyAlgorithm, type KeyPair, signerFor } from './keys.ts';
import { type DistinguishedName, nameToAsn1 } from './names.ts';

export interface IssueOptions {
  /** The subject's only attribute if `subject` is omitted. */
  readonly commonName?: string;
  /** The whole subject. `[]` is an empty subject. */
  readonly subject?: DistinguishedName;
  /** Subject alternative names: DNS names and IP literals. If omitted, there is no such extension. */
  readonly names?: readonly string[];
  /** The new key's algorithm. Default `ec-p256`. */
  readonly algorithm?: KeyAlgorithm;
  /** Keys to use instead of new ones, for a renewal or a cross-signature. */
  readonly keys?: KeyPair;
  /** Default: one hour ago. */
  readonly notBefore?: Date;
  /** Default: in 90 days. */
  readonly notAfter?: Date;
  /** Omits the NULL parameters from an RSA key's AlgorithmIdentifier, as some issuers do against RFC 3279. */
  readonly spkiWithoutNull?: boolean;
  /** Names this issuer instead of the true one: a forgery. */
  readonly issuerName?: DistinguishedName;
  /** Default: true for a root or an intermediate, false for a leaf. */
  readonly ca?: boolean;
  /** How many intermediates may follow. Default: any number. */
  readonly pathLength?: number;
  /** Default: 128 random bits. */
  readonly serial?: bigint;
  /** The hash of the signature. Default: the one that goes with the issuer's key. */
  readonly hash?: Hash;
  /** Subject and authority key identifiers. Default true; without them, only names lead from one certificate to the next. */
  readonly keyIdentifiers?: boolean;
  /** Further extensions, as given, each replacing the usual one of its kind; also makes huge certificates. */
  readonly extensions?: readonly Extension[];
  /** Omits the usual extensions with these OIDs. */
  readonly without?: readonly string[];
  /** A version 1 certificate has no extensions. Default: 3. */
  readonly version?: 1 | 3;
  /** Flips one bit of the signature. */
  readonly brokenSignature?: boolean;
}

export interface Issued {
  readonly der: Buffer;
  readonly pem: string;
  readonly keys: KeyPair;
  /** The private key, as PKCS#8. */
  readonly keyPem: string;
  /** Over the SubjectPublicKeyInfo bytes as encoded in the certificate (RFC 7469). */
  readonly pin: `sha256/${string}`;
}

export interface Authority {
  readonly name: DistinguishedName;
  readonly issued: Issued;
  readonly pem: string;
  /** An authority below this one. */
  intermediate(options?: IssueOptions): Authority;
  /** A certificate for a server or a client. */
  leaf(options?: IssueOptions): Issued;
  /** Another certificate for an authority that already has one: same name and keys, issued by this one. */
  crossSign(other: Authority, options?: IssueOptions): Issued;
}

/** A new root: an authority with a self-signed certificate. */
export function createRoot(options: IssueOptions = {}): Authority {
  const name = subjectOf(options, 'Lab Root');
  const keys = options.keys ?? generateKeys(options.algorithm);
  return authority(name, issue({ ...options, ca: options.ca ?? true }, name, keys, { name, keys }));
}

/** A self-signed server certificate. */
export function selfSigned(options: IssueOptions = {}): Issued {
  return createRoot({ ca: false, ...options, subject: subjectOf(options, options.names?.[0] ?? 'leaf') })
    .issued;
}

/** The certificates in sequence, as in a server's certificate file. */
export function pemChain(chain: readonly Issued[]): string {
  return chain.map((certificate) => certificate.pem).join('');
}

function authority(name: DistinguishedName, issued: Issued): Authority {
  const issuer: Issuer = { name, keys: issued.keys };
  return {
    name,
    issued,
    pem: issued.pem,
    intermediate(options = {}) {
      const subject = subjectOf(options, 'Lab Intermediate');
      const keys = options.keys ?? generateKeys(options.algorithm);
      return authority(subject, issue({ ...options, ca: options.ca ?? true }, subject, keys, issuer));
    },
    leaf(options = {}) {
      const subject = subjectOf(options, options.names?.[0] ?? 'leaf');
      return issue(options, subject, options.keys ?? generateKeys(options.algorithm), issuer);
    },
    crossSign(other, options = {}) {
      const subject = options.subject ?? other.name;
      return issue({ ...options, ca: options.ca ?? true }, subject, other.issued.keys, issuer);
    },
  };
}

interface Issuer {
  readonly name: DistinguishedName;
  readonly keys: KeyPair;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function issue(options: IssueOptions, subject: DistinguishedName, keys: KeyPair, issuer: Issuer): Issued {
  const now = Date.now();
  const spki = subjectPublicKeyInfo(keys, options.spkiWithoutNull ?? false);
  const signer = signerFor(issuer.keys.privateKey, options.hash);
  const given = options.extensions ?? [];
  const left = [...given.map((extension) => extension.oid), ...(options.without ?? [])];
  const extensions = [
    ...standardExtensions({
      ca: options.ca ?? false,
      pathLength: options.pathLength,
      names: options.names,
      emptySubject: subject.length === 0,
      keyIdentifiers: options.keyIdentifiers ?? true,
      subjectKeys: keys,
      issuerKeys: issuer.keys,
    }).filter((extension) => !left.includes(extension.oid)),
    ...given,
  ];
  const isVersion1 = options.version === 1;
  const tbs = sequence(
    ...(isVersion1 ? [] : [explicit(0, integer(2))]),
    integer(options.serial ?? BigInt(`0x${randomBytes(16).toString('hex')}`)),
    signer.algorithm(),
    nameToAsn1(options.issuerName ?? issuer.name),
    sequence(
      time(options.notBefore ?? new Date(now - HOUR_MS)),
      time(options.notAfter ?? new Date(now + 90 * DAY_MS)),
    ),
    nameToAsn1(subject),
    spki,
    ...(isVersion1 ? [] : [explicit(3, sequence(...extensions.map(extensionToAsn1)))]),
  );
  const signature = signer.sign(encode(tbs));
  if (options.brokenSignature) {
    // The last byte, because the start of an ECDSA signature is DER structure, and breaking that is another fault.
    signature.writeUInt8(signature.readUInt8(signature.length - 1) ^ 1, signature.length - 1);
  }
  const der = encode(sequence(tbs, signer.algorithm(), bits(signature)));
  return {
    der,
    pem: pem('CERTIFICATE', der),
    keys,
    keyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    pin: `sha256/${createHash('sha256').update(encode(spki)).digest('base64')}`,
  };
}

function subjectOf(options: IssueOptions, fallback: string): DistinguishedName {
  return options.subject ?? [{ type: 'CN', value: options.commonName ?? fallback }];
}

function subjectPublicKeyInfo(keys: KeyPair, withoutNull: boolean): asn1.Asn1 {
  const spki = decode(keys.publicKey.export({ type: 'spki', format: 'der' }));
  if (!withoutNull) return spki;
  if (keys.publicKey.asymmetricKeyType !== 'rsa') {
    throw new TypeError(`spkiWithoutNull: expected an RSA key, found ${keys.publicKey.asymmetricKeyType}`);
  }
  const [, subjectPublicKey] = spki.value as asn1.Asn1[];
  if (subjectPublicKey === undefined) throw new TypeError('spkiWithoutNull: the key has no subjectPublicKey');
  return sequence(sequence(oid('1.2.840.113549.1.1.1')), subjectPublicKey);
}

function extensionToAsn1(extension: Extension): asn1.Asn1 {
  return sequence(oid(extension.oid), ...(extension.critical ? [bool(true)] : []), octets(extension.value));
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
