/** The X.509 extensions that an ordinary web CA writes (RFC 5280 section 4.2.1). */
import { createHash } from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';
import type { asn1 } from 'node-forge';
import { bits, bool, constructed, decode, encode, implicit, integer, octets, oid, sequence } from './der.ts';
import type { KeyPair } from './keys.ts';

export interface Extension {
  readonly oid: string;
  readonly critical?: boolean;
  /** What stands in the extension's OCTET STRING. */
  readonly value: Buffer;
}

/** By the number of their bit (RFC 5280 section 4.2.1.3). */
const keyUsages = {
  digitalSignature: 0,
  keyEncipherment: 2,
  keyAgreement: 4,
  keyCertSign: 5,
  cRLSign: 6,
} as const;
export type KeyUsage = keyof typeof keyUsages;

/** DNS names (RFC 5280 section 4.2.1.10). */
export interface NameConstraints {
  readonly permitted?: readonly string[];
  readonly excluded?: readonly string[];
}

export interface ExtensionFacts {
  readonly ca: boolean;
  readonly basicConstraints?: boolean;
  readonly pathLength?: number;
  readonly keyUsage?: readonly KeyUsage[] | null;
  readonly extendedKeyUsage?: readonly string[] | null;
  readonly nameConstraints?: NameConstraints;
  readonly policies?: readonly string[];
  readonly requireExplicitPolicy?: number;
  readonly names?: readonly string[];
  readonly emptySubject: boolean;
  readonly keyIdentifiers: boolean;
  readonly subjectKeys: KeyPair;
  readonly issuerKeys: KeyPair;
}

export function standardExtensions(facts: ExtensionFacts): Extension[] {
  const { ca, nameConstraints, policies, requireExplicitPolicy } = facts;
  const usage = facts.keyUsage === undefined ? (ca ? ofAuthorities : ofLeaves) : facts.keyUsage;
  const purposes = facts.extendedKeyUsage === undefined ? (ca ? null : webPurposes) : facts.extendedKeyUsage;
  const extensions = [
    ...(facts.basicConstraints === false ? [] : [basicConstraints(facts)]),
    ...(usage === null ? [] : [keyUsage(usage)]),
    ...(purposes === null ? [] : [extendedKeyUsage(purposes)]),
    ...(nameConstraints === undefined ? [] : [nameConstraintsOf(nameConstraints)]),
    ...(policies === undefined ? [] : [certificatePolicies(policies)]),
    ...(requireExplicitPolicy === undefined ? [] : [policyConstraints(requireExplicitPolicy)]),
  ];
  if (facts.names !== undefined) extensions.push(subjectAlternativeNames(facts.names, facts.emptySubject));
  if (facts.keyIdentifiers) {
    const subject = keyIdentifier(facts.subjectKeys);
    const issuer = keyIdentifier(facts.issuerKeys);
    extensions.push({ oid: '2.5.29.14', value: encode(octets(subject)) });
    extensions.push({ oid: '2.5.29.35', value: encode(sequence(implicit(0, issuer))) });
  }
  return extensions;
}

const ofAuthorities: readonly KeyUsage[] = ['keyCertSign', 'cRLSign'];
const ofLeaves: readonly KeyUsage[] = ['digitalSignature', 'keyEncipherment'];
/** serverAuth and clientAuth. */
const webPurposes = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'];

function basicConstraints({ ca, pathLength }: ExtensionFacts): Extension {
  const fields = ca ? [bool(true), ...(pathLength === undefined ? [] : [integer(pathLength)])] : [];
  return { oid: '2.5.29.19', critical: true, value: encode(sequence(...fields)) };
}

/** Bits are counted from the left; DER leaves out those after the last one that is set. */
function keyUsage(usages: readonly KeyUsage[]): Extension {
  const numbers: readonly number[] = usages.map((usage) => keyUsages[usage]);
  const byte = numbers.reduce((sum, number) => sum | (0x80 >> number), 0);
  const unused = 7 - Math.max(...numbers);
  return { oid: '2.5.29.15', critical: true, value: encode(bits(Buffer.of(byte), unused)) };
}

function extendedKeyUsage(purposes: readonly string[]): Extension {
  return { oid: '2.5.29.37', value: encode(sequence(...purposes.map((purpose) => oid(purpose)))) };
}

function nameConstraintsOf({ permitted = [], excluded = [] }: NameConstraints): Extension {
  const subtrees = (names: readonly string[]) => names.map((name) => sequence(generalName(name)));
  const fields = [
    ...(permitted.length > 0 ? [constructed(0, ...subtrees(permitted))] : []),
    ...(excluded.length > 0 ? [constructed(1, ...subtrees(excluded))] : []),
  ];
  return { oid: '2.5.29.30', critical: true, value: encode(sequence(...fields)) };
}

function certificatePolicies(policies: readonly string[]): Extension {
  return { oid: '2.5.29.32', value: encode(sequence(...policies.map((policy) => sequence(oid(policy))))) };
}

function policyConstraints(requireExplicitPolicy: number): Extension {
  const field = implicit(0, Buffer.of(requireExplicitPolicy));
  return { oid: '2.5.29.36', critical: true, value: encode(sequence(field)) };
}

/** Critical where the subject is empty, as RFC 5280 section 4.2.1.6 wants. */
function subjectAlternativeNames(names: readonly string[], emptySubject: boolean): Extension {
  return { oid: '2.5.29.17', critical: emptySubject, value: encode(sequence(...names.map(generalName))) };
}

function generalName(name: string): asn1.Asn1 {
  return isIP(name) === 0
    ? implicit(2, Buffer.from(name, 'latin1')) // dNSName
    : implicit(7, addressBytes(name)); // iPAddress
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  // A URL's host is the one form that is canonical: lower case, dotted tails turned into hex groups, one "::".
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const [front, back] = [groups(head), tail === undefined ? [] : groups(tail)];
  const all = [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/** SHA-1 over the subjectPublicKey bits: method 1 of RFC 5280 section 4.2.1.2. */
function keyIdentifier(keys: KeyPair): Buffer {
  const spki = decode(keys.publicKey.export({ type: 'spki', format: 'der' }));
  const [, subjectPublicKey] = spki.value as asn1.Asn1[];
  if (typeof subjectPublicKey?.value !== 'string') throw new TypeError('the key has no subjectPublicKey');
  return createHash('sha1')
    .update(Buffer.from(subjectPublicKey.value.slice(1), 'latin1'))
    .digest();
}

/** Where the issuer's certificate can be fetched (RFC 5280 section 4.2.2.1). */
export function issuerAt(url: string): Extension {
  const caIssuers = sequence(oid('1.3.6.1.5.5.7.48.2'), implicit(6, Buffer.from(url, 'latin1')));
  return { oid: '1.3.6.1.5.5.7.1.1', value: encode(sequence(caIssuers)) };
}
