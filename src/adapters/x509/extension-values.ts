/** The values of single extensions, each the DER in its OCTET STRING. All throw DecodeProblem if they can't read it. */
import type { ExtensionFacts } from '../../core/certificate-facts.ts';
import type { GeneralName } from '../../core/general-name.ts';
import type { NameConstraints } from '../../core/name-constraints.ts';
import type { PolicyMapping } from '../../core/policies.ts';
import {
  children,
  DecodeProblem,
  type Element,
  expect,
  oidAt,
  sequenceOf,
  smallInteger,
  tags,
} from './der.ts';
import { readSubtreeBase } from './general-names.ts';

const context0 = 0x80;
const context1 = 0x81;
const constructed0 = 0xa0;
const constructed1 = 0xa1;

/** RFC 5280, section 4.2.1.9. */
export function readBasicConstraints(value: Uint8Array): ExtensionFacts['basicConstraints'] {
  const [ca, pathLength] = fieldsOf(value, [tags.boolean, tags.integer], 'basicConstraints');
  return {
    ca: ca !== undefined && value[ca.content] !== 0,
    pathLength: pathLength === undefined ? null : smallInteger(value, pathLength, 'pathLenConstraint'),
  };
}

/** Section 4.2.1.3: bits are counted from the left, and missing ones are 0. */
export function readKeyUsage(value: Uint8Array): ExtensionFacts['keyUsage'] {
  const bits = expect(value, 0, value.length, tags.bitString, 'keyUsage');
  // The first octet says how many bits of the last one are unused.
  const usage = bits.end - bits.content > 1 ? (value[bits.content + 1] ?? 0) : 0;
  return { digitalSignature: (usage & 0x80) !== 0, keyCertSign: (usage & 0x04) !== 0 };
}

const serverAuth = '1.3.6.1.5.5.7.3.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';
/** Those of nearly all web certificates. Shared objects, because tens of thousands are kept. */
const usualPurposes = [[serverAuth], [serverAuth, clientAuth], [clientAuth, serverAuth]];

/** Section 4.2.1.12: the purposes of an extended key usage, dotted. */
export function readPurposes(value: Uint8Array): readonly string[] {
  const purposes = sequenceOf(value, 'extKeyUsage').map((purpose) => oidAt(value, purpose, 'extKeyUsage'));
  return usualPurposes.find((usual) => usual.join() === purposes.join()) ?? purposes;
}

/** Section 4.2.1.10. A minimum or maximum is not used in practice, and every validator refuses it. */
export function readNameConstraints(value: Uint8Array): NameConstraints {
  const [permitted, excluded] = fieldsOf(value, [constructed0, constructed1], 'nameConstraints');
  const subtrees = (list: Element | undefined): GeneralName[] =>
    list === undefined
      ? []
      : children(value, list, 'nameConstraints').map((subtree) => readSubtree(value, subtree));
  return { permitted: subtrees(permitted), excluded: subtrees(excluded) };
}

function readSubtree(value: Uint8Array, subtree: Element): GeneralName {
  const [base, ...distances] = children(value, subtree, 'GeneralSubtree');
  const isPlain = distances.every((one) => one.tag === context0 && smallInteger(value, one, 'minimum') === 0);
  if (base === undefined || !isPlain) {
    throw new DecodeProblem('GeneralSubtree: expected a base, without minimum and maximum');
  }
  return readSubtreeBase(value, base);
}

/** Section 4.2.1.4: the policies, dotted; their qualifiers are for people. */
export function readPolicies(value: Uint8Array): string[] {
  return sequenceOf(value, 'certificatePolicies').map((information) =>
    oidAt(value, children(value, information, 'PolicyInformation')[0], 'PolicyInformation'),
  );
}

/** Section 4.2.1.5. */
export function readPolicyMappings(value: Uint8Array): PolicyMapping[] {
  return sequenceOf(value, 'policyMappings').map((mapping) => {
    const [issuer, subject] = children(value, mapping, 'policyMappings');
    return {
      issuerDomain: oidAt(value, issuer, 'issuerDomainPolicy'),
      subjectDomain: oidAt(value, subject, 'subjectDomainPolicy'),
    };
  });
}

/** Section 4.2.1.11. */
export function readPolicyConstraints(
  value: Uint8Array,
): Pick<ExtensionFacts, 'requireExplicitPolicy' | 'inhibitPolicyMapping'> {
  const [explicit, mapping] = fieldsOf(value, [context0, context1], 'policyConstraints');
  const skip = (field: Element | undefined): number | null =>
    field === undefined ? null : smallInteger(value, field, 'policyConstraints');
  return { requireExplicitPolicy: skip(explicit), inhibitPolicyMapping: skip(mapping) };
}

/** Section 4.2.1.14. */
export function readInhibitAnyPolicy(value: Uint8Array): number {
  return smallInteger(
    value,
    expect(value, 0, value.length, tags.integer, 'inhibitAnyPolicy'),
    'inhibitAnyPolicy',
  );
}

/** The optional fields of a SEQUENCE, by their tags; there may be no others, and they must be in order. */
function fieldsOf(value: Uint8Array, allowed: readonly number[], what: string): (Element | undefined)[] {
  const found = sequenceOf(value, what);
  const fields = allowed.map((tag) => found.find((field) => field.tag === tag));
  const inOrder = fields.filter((field) => field !== undefined);
  if (found.some((field, at) => field !== inOrder[at])) {
    throw new DecodeProblem(`${what}: expected other fields`);
  }
  return fields;
}
