/**
 * Certificate policies (RFC 5280, sections 6.1.2 to 6.1.5) for a client that accepts any policy. It only needs to know
 * whether some policy is valid along the whole path, if a CA requires that. So each level of the RFC's tree is reduced
 * to the set of policies that it expects of the next level: the tree is empty exactly if that set is.
 */

/** What one certificate says about policies; null if it lacks the extension. All OIDs dotted. */
export interface PolicyFacts {
  readonly policies: readonly string[] | null;
  readonly policyMappings: readonly PolicyMapping[];
  /** How many more certificates may follow before the rule applies. */
  readonly requireExplicitPolicy: number | null;
  readonly inhibitPolicyMapping: number | null;
  readonly inhibitAnyPolicy: number | null;
}

export interface PolicyMapping {
  readonly issuerDomain: string;
  readonly subjectDomain: string;
}

export interface PolicyStep extends PolicyFacts {
  readonly selfIssued: boolean;
}

export interface PolicyBreach {
  readonly code: 'NO_EXPLICIT_POLICY' | 'INVALID_POLICY_EXTENSION';
  /** The certificate at which the path breaks. */
  readonly index: number;
}

export const anyPolicy = '2.5.29.32.0';

/** The policies expected of the next certificate; an empty set is the RFC's NULL tree. */
type Expected = ReadonlySet<string>;

/**
 * Where a path breaks the policy rules; null if it does not. From the certificate below the anchor down to the leaf.
 */
export function policyBreach(path: readonly PolicyStep[]): PolicyBreach | null {
  let expected: Expected = new Set([anyPolicy]);
  // Each counts down to the certificate from which its rule applies; none applies yet.
  let explicit = Number.POSITIVE_INFINITY;
  let mapping = Number.POSITIVE_INFINITY;
  let any = Number.POSITIVE_INFINITY;
  for (const [index, step] of path.entries()) {
    const isLeaf = index === path.length - 1;
    const anyCounts = any > 0 || (step.selfIssued && !isLeaf);
    expected = expectedAt(step, expected, anyCounts);
    const counted = step.selfIssued ? 0 : 1;
    // Section 6.1.5 also counts a self-issued leaf; no validator does.
    if (isLeaf) explicit = step.requireExplicitPolicy === 0 ? 0 : explicit - counted;
    if (explicit <= 0 && expected.size === 0) return { code: 'NO_EXPLICIT_POLICY', index };
    if (isLeaf) break;

    const mapped = step.policyMappings.flatMap(({ issuerDomain, subjectDomain }) => [
      issuerDomain,
      subjectDomain,
    ]);
    if (mapped.includes(anyPolicy)) return { code: 'INVALID_POLICY_EXTENSION', index };
    expected = expectedBelow(step.policyMappings, expected, mapping > 0);
    explicit = Math.min(explicit - counted, step.requireExplicitPolicy ?? Number.POSITIVE_INFINITY);
    mapping = Math.min(mapping - counted, step.inhibitPolicyMapping ?? Number.POSITIVE_INFINITY);
    any = Math.min(any - counted, step.inhibitAnyPolicy ?? Number.POSITIVE_INFINITY);
  }
  return null;
}

/** Section 6.1.3, (d) and (e): the expected policies that the certificate has. */
function expectedAt({ policies }: PolicyFacts, expected: Expected, anyCounts: boolean): Expected {
  if (policies === null) return new Set();
  if (policies.includes(anyPolicy) && anyCounts) {
    const stated = expected.has(anyPolicy) ? policies : [];
    return new Set([...expected, ...stated]);
  }
  const named = policies.filter((policy) => policy !== anyPolicy);
  return new Set(expected.has(anyPolicy) ? named : named.filter((policy) => expected.has(policy)));
}

/**
 * Section 6.1.4, (b): a mapped policy is expected under its other names below, or not at all if mapping is inhibited.
 */
function expectedBelow(mappings: readonly PolicyMapping[], expected: Expected, mayMap: boolean): Expected {
  if (mappings.length === 0) return expected;
  const sources = new Set(mappings.map(({ issuerDomain }) => issuerDomain));
  const kept = [...expected].filter((policy) => !sources.has(policy));
  const isValid = ({ issuerDomain }: PolicyMapping) => expected.has(issuerDomain) || expected.has(anyPolicy);
  const gained = mayMap ? mappings.filter(isValid).map(({ subjectDomain }) => subjectDomain) : [];
  return new Set([...kept, ...gained]);
}
