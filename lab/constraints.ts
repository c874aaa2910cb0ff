/** The X.509 extensions with which a CA limits what is issued below it, and some other rare ones (RFC 5280). */
import type { asn1 } from 'node-forge';
import { bits, constructed, encode, implicit, integer, oid, sequence } from './der.ts';
import type { Extension } from './extensions.ts';
import { type DistinguishedName, nameToAsn1 } from './names.ts';

/** `example.com`, `mail:a@example.com`, `uri:https://…`, `ip:` with octets in hexadecimal, or a directory name. */
export type NameForm = string | DistinguishedName;

/** The prefix gives the form; without one it is a DNS name. */
function generalName(name: NameForm): asn1.Asn1 {
  if (typeof name !== 'string') return constructed(4, nameToAsn1(name));
  const [, prefix = 'dns', value = ''] = /^(?:(mail|uri|ip):)?(.*)$/s.exec(name) ?? [];
  const octets = prefix === 'ip' ? Buffer.from(value, 'hex') : Buffer.from(value, 'latin1');
  return implicit({ mail: 1, dns: 2, uri: 6, ip: 7 }[prefix] ?? 2, octets);
}

export function alternativeNames(...names: NameForm[]): Extension {
  return { oid: '2.5.29.17', value: encode(sequence(...names.map(generalName))) };
}

export function nameConstraints(trees: {
  permitted?: readonly NameForm[];
  excluded?: readonly NameForm[];
}): Extension {
  const tree = (tag: number, names: readonly NameForm[] | undefined) =>
    names === undefined ? [] : [constructed(tag, ...names.map((name) => sequence(generalName(name))))];
  const value = encode(sequence(...tree(0, trees.permitted), ...tree(1, trees.excluded)));
  return { oid: '2.5.29.30', critical: true, value };
}

const usages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
];

export function keyUsage(...names: readonly string[]): Extension {
  const octet = names.reduce((all, name) => all | (0x80 >> usages.indexOf(name)), 0);
  return { oid: '2.5.29.15', critical: true, value: encode(bits(Buffer.of(octet), 0)) };
}

export function extendedKeyUsage(...purposes: readonly string[]): Extension {
  return { oid: '2.5.29.37', value: encode(sequence(...purposes.map(oid))) };
}

export function certificatePolicies(...policies: readonly string[]): Extension {
  return { oid: '2.5.29.32', value: encode(sequence(...policies.map((policy) => sequence(oid(policy))))) };
}

export function policyMappings(...pairs: readonly (readonly [string, string])[]): Extension {
  const value = encode(sequence(...pairs.map(([from, to]) => sequence(oid(from), oid(to)))));
  return { oid: '2.5.29.33', value };
}

export function policyConstraints(skip: { requireExplicit?: number; inhibitMapping?: number }): Extension {
  const field = (tag: number, count: number | undefined) =>
    count === undefined ? [] : [implicit(tag, Buffer.of(count))];
  const value = encode(sequence(...field(0, skip.requireExplicit), ...field(1, skip.inhibitMapping)));
  return { oid: '2.5.29.36', critical: true, value };
}

export function inhibitAnyPolicy(count: number): Extension {
  return { oid: '2.5.29.54', critical: true, value: encode(integer(count)) };
}

/** A critical extension that no client knows. */
export const unknownCritical: Extension = {
  oid: '1.3.6.1.4.1.55555.99',
  critical: true,
  value: Buffer.of(5, 0),
};
