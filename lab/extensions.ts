/** The X.509 extensions that an ordinary web CA writes (RFC 5280 section 4.2.1). */
import { createHash } from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';
import type { asn1 } from 'node-forge';
import { bits, bool, decode, encode, implicit, integer, octets, oid, sequence } from './der.ts';
import type { KeyPair } from './keys.ts';

export interface Extension {
  readonly oid: string;
  readonly critical?: boolean;
  /** The contents of the extension's OCTET STRING. */
  readonly value: Buffer;
}

export interface ExtensionFacts {
  readonly ca: boolean;
  readonly pathLength: number | undefined;
  readonly names: readonly string[] | undefined;
  readonly emptySubject: boolean;
  readonly keyIdentifiers: boolean;
  readonly subjectKeys: KeyPair;
  readonly issuerKeys: KeyPair;
}

export function standardExtensions(facts: ExtensionFacts): Extension[] {
  const extensions = [basicConstraints(facts), keyUsage(facts)];
  if (!facts.ca) extensions.push(serverAndClientAuthentication());
  if (facts.names !== undefined) extensions.push(subjectAlternativeNames(facts.names, facts.emptySubject));
  if (facts.keyIdentifiers) {
    const subject = keyIdentifier(facts.subjectKeys);
    const issuer = keyIdentifier(facts.issuerKeys);
    extensions.push({ oid: '2.5.29.14', value: encode(octets(subject)) });
    extensions.push({ oid: '2.5.29.35', value: encode(sequence(implicit(0, issuer))) });
  }
  return extensions;
}

function basicConstraints({ ca, pathLength }: ExtensionFacts): Extension {
  const fields = ca ? [bool(true), ...(pathLength === undefined ? [] : [integer(pathLength)])] : [];
  return { oid: '2.5.29.19', critical: true, value: encode(sequence(...fields)) };
}

function keyUsage({ ca }: ExtensionFacts): Extension {
  // keyCertSign and cRLSign, or digitalSignature and keyEncipherment; bits are counted from the left.
  const usage = ca ? bits(Buffer.of(0b0000_0110), 1) : bits(Buffer.of(0b1010_0000), 5);
  return { oid: '2.5.29.15', critical: true, value: encode(usage) };
}

function serverAndClientAuthentication(): Extension {
  return {
    oid: '2.5.29.37',
    value: encode(sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'))),
  };
}

/** Critical if the subject is empty, as RFC 5280 section 4.2.1.6 requires. */
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
  // A URL's host is in canonical form: lower case, dotted tails turned into hex groups, one "::".
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
