import type { ExtensionFacts } from '../../core/certificate-facts.ts';
import type { CertificateFields } from './certificate-fields.ts';
import { children, DecodeProblem, oidAt, sequenceOf, tags } from './der.ts';
import {
  readBasicConstraints,
  readInhibitAnyPolicy,
  readKeyUsage,
  readNameConstraints,
  readPolicies,
  readPolicyConstraints,
  readPolicyMappings,
  readPurposes,
} from './extension-values.ts';
import { directoryName, readGeneralNames } from './general-names.ts';
import { mailAddresses } from './name.ts';

/** The extensions that are judged; a certificate with any other critical one is refused. */
const id = {
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  policyConstraints: '2.5.29.36',
  extKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
} as const;
const known = new Set<string>(Object.values(id));

/**
 * The extensions of a certificate as facts to judge a path by (RFC 5280, section 4.2.1). An unreadable one is a flaw of
 * the certificate, even if it isn't critical: what it would have forbidden is unknown. Never throws because of what was
 * sent.
 */
export function readExtensions(fields: CertificateFields): ExtensionFacts {
  if (!Buffer.from(fields.signature).equals(fields.signatureAlgorithm)) {
    const what = 'names one signature algorithm in its signed part and another one beside it';
    return { ...none, flaw: { code: 'SIGNATURE_ALGORITHM_MISMATCH', what } };
  }
  try {
    return factsOf(fields, extensionsOf(fields));
  } catch (error) {
    if (!(error instanceof DecodeProblem)) throw error;
    const what = `has malformed extensions (${error.message})`;
    return { ...none, flaw: { code: 'INVALID_EXTENSION', what } };
  }
}

const none: Omit<ExtensionFacts, 'flaw'> = {
  unknownCritical: [],
  basicConstraints: null,
  keyUsage: null,
  extendedKeyUsage: null,
  subjectAltNames: [],
  constrainedNames: [],
  nameConstraints: null,
  policies: null,
  policyMappings: [],
  requireExplicitPolicy: null,
  inhibitPolicyMapping: null,
  inhibitAnyPolicy: null,
};

interface Extension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** By their dotted OIDs. Throws DecodeProblem, including for a duplicate. */
function extensionsOf({ version, extensions }: CertificateFields): ReadonlyMap<string, Extension> {
  const found = new Map<string, Extension>();
  if (extensions === null) return found;
  if (version < 3) throw new DecodeProblem(`extensions: version ${version} has none`);
  for (const element of sequenceOf(extensions, 'extensions')) {
    const [oid, ...rest] = children(extensions, element, 'extension');
    const name = oidAt(extensions, oid, 'extension');
    const value = rest.at(-1);
    const [critical] = rest.slice(0, -1);
    if (value?.tag !== tags.octetString || rest.length > 2 || (critical && critical.tag !== tags.boolean)) {
      throw new DecodeProblem(`extension ${name}: expected a BOOLEAN, if any, and an OCTET STRING`);
    }
    if (found.has(name)) throw new DecodeProblem(`extension ${name}: found twice`);
    found.set(name, {
      critical: critical !== undefined && extensions[critical.content] !== 0,
      value: extensions.subarray(value.content, value.end),
    });
  }
  return found;
}

function factsOf({ subject }: CertificateFields, found: ReadonlyMap<string, Extension>): ExtensionFacts {
  const read = <T>(oid: string, reader: (value: Uint8Array) => T): T | undefined => {
    const value = found.get(oid)?.value;
    return value && reader(value);
  };
  const altNames = read(id.subjectAltName, readGeneralNames);
  // Without alternative names, the mail addresses in the subject are used instead (RFC 5280, section 4.2.1.10).
  const names =
    altNames ?? mailAddresses(subject).map((mail) => ({ kind: 'mail', value: mail.toLowerCase() }) as const);
  const directory = directoryName(subject);
  const isEmpty = directory.kind === 'directory' && directory.value.length === 0;
  return {
    ...none,
    flaw: null,
    unknownCritical: [...found].flatMap(([oid, { critical }]) => (critical && !known.has(oid) ? [oid] : [])),
    basicConstraints: read(id.basicConstraints, readBasicConstraints) ?? null,
    keyUsage: read(id.keyUsage, readKeyUsage) ?? null,
    extendedKeyUsage: read(id.extKeyUsage, readPurposes) ?? null,
    subjectAltNames: altNames ?? [],
    constrainedNames: isEmpty ? names : [directory, ...names],
    nameConstraints: read(id.nameConstraints, readNameConstraints) ?? null,
    policies: read(id.certificatePolicies, readPolicies) ?? null,
    policyMappings: read(id.policyMappings, readPolicyMappings) ?? [],
    ...read(id.policyConstraints, readPolicyConstraints),
    inhibitAnyPolicy: read(id.inhibitAnyPolicy, readInhibitAnyPolicy) ?? null,
  };
}
