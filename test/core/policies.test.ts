import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyPolicy, type PolicyStep, policyBreach } from '../../src/core/policies.ts';

const step = (facts: Partial<PolicyStep> = {}): PolicyStep => ({
  policies: null,
  policyMappings: [],
  requireExplicitPolicy: null,
  inhibitPolicyMapping: null,
  inhibitAnyPolicy: null,
  selfIssued: false,
  ...facts,
});
const map = (issuerDomain: string, subjectDomain: string) => ({ issuerDomain, subjectDomain });

describe('a path from the top down', () => {
  test.each<[string, PolicyStep[], ReturnType<typeof policyBreach>]>([
    ['without policies', [step(), step()], null],
    ['with different ones, but none required', [step({ policies: ['1'] }), step({ policies: ['2'] })], null],
    [
      'that demands one and has none',
      [step({ requireExplicitPolicy: 0 }), step()],
      { code: 'NO_EXPLICIT_POLICY', index: 1 },
    ],
    [
      'that has it all along',
      [step({ requireExplicitPolicy: 0, policies: ['1'] }), step({ policies: ['1'] })],
      null,
    ],
    [
      'that has another one in the leaf',
      [step({ requireExplicitPolicy: 0, policies: ['1'] }), step({ policies: ['2'] })],
      { code: 'NO_EXPLICIT_POLICY', index: 1 },
    ],
    [
      'with anyPolicy in between',
      [
        step({ requireExplicitPolicy: 0, policies: ['1'] }),
        step({ policies: [anyPolicy] }),
        step({ policies: ['1'] }),
      ],
      null,
    ],
    [
      'with anyPolicy inhibited',
      [
        step({ requireExplicitPolicy: 0, policies: ['1'], inhibitAnyPolicy: 0 }),
        step({ policies: [anyPolicy] }),
        step({ policies: ['1'] }),
      ],
      { code: 'NO_EXPLICIT_POLICY', index: 1 },
    ],
    [
      'with a mapping',
      [
        step({ requireExplicitPolicy: 0, policies: ['1'], policyMappings: [map('1', '2')] }),
        step({ policies: ['2'] }),
      ],
      null,
    ],
    [
      'with a mapping that is inhibited',
      [
        step({ requireExplicitPolicy: 0, inhibitPolicyMapping: 0, policies: ['1'] }),
        step({ policies: ['1'], policyMappings: [map('1', '2')] }),
        step({ policies: ['2'] }),
      ],
      { code: 'NO_EXPLICIT_POLICY', index: 2 },
    ],
    [
      'with a mapping to anyPolicy',
      [step({ policies: ['1'], policyMappings: [map('1', anyPolicy)] }), step()],
      { code: 'INVALID_POLICY_EXTENSION', index: 0 },
    ],
    ['whose demand begins after the leaf', [step({ requireExplicitPolicy: 2 }), step()], null],
    [
      'whose leaf demands one of itself',
      [step(), step({ requireExplicitPolicy: 0 })],
      { code: 'NO_EXPLICIT_POLICY', index: 1 },
    ],
    [
      'whose self-issued certificates are not counted',
      [step({ requireExplicitPolicy: 1 }), step({ selfIssued: true }), step({ selfIssued: true })],
      null,
    ],
  ])('%s', (_, path, expected) => {
    expect(policyBreach(path)).toEqual(expected);
  });
});

/** A node of the tree of RFC 5280, section 6.1.2. */
interface Node {
  readonly policy: string;
  expected: Set<string>;
  readonly parent: Node | null;
}

/** Sections 6.1.3 to 6.1.5 to the letter, except that a self-issued leaf takes no step. Whether the path is valid. */
function byTheTree(path: readonly PolicyStep[]): boolean {
  let level: Node[] = [{ policy: anyPolicy, expected: new Set([anyPolicy]), parent: null }];
  let [explicit, mapping, any] = [path.length + 1, path.length + 1, path.length + 1];
  for (const [index, one] of path.entries()) {
    const isLeaf = index === path.length - 1;
    const next: Node[] = [];
    if (one.policies !== null) {
      for (const policy of one.policies.filter((some) => some !== anyPolicy)) {
        const parents = level.filter((node) => node.expected.has(policy));
        const wild = level.filter((node) => node.policy === anyPolicy);
        for (const parent of parents.length > 0 ? parents : wild) {
          next.push({ policy, expected: new Set([policy]), parent });
        }
      }
      if (one.policies.includes(anyPolicy) && (any > 0 || (!isLeaf && one.selfIssued))) {
        for (const parent of level) {
          for (const policy of parent.expected) {
            if (next.some((node) => node.parent === parent && node.policy === policy)) continue;
            next.push({ policy, expected: new Set([policy]), parent });
          }
        }
      }
    }
    level = next;
    if (explicit === 0 && level.length === 0) return false;
    if (isLeaf) {
      if (explicit > 0 && !one.selfIssued) explicit -= 1;
      if (one.requireExplicitPolicy === 0) explicit = 0;
      return explicit > 0 || level.length > 0;
    }
    for (const { issuerDomain, subjectDomain } of one.policyMappings) {
      if (issuerDomain === anyPolicy || subjectDomain === anyPolicy) return false;
    }
    for (const from of new Set(one.policyMappings.map(({ issuerDomain }) => issuerDomain))) {
      const to = one.policyMappings.filter(({ issuerDomain }) => issuerDomain === from);
      const nodes = level.filter(({ policy }) => policy === from);
      if (mapping === 0) level = level.filter((node) => !nodes.includes(node));
      else if (nodes.length > 0) {
        for (const node of nodes) node.expected = new Set(to.map(({ subjectDomain }) => subjectDomain));
      } else {
        const wild = level.find(({ policy }) => policy === anyPolicy);
        const expected = new Set(to.map(({ subjectDomain }) => subjectDomain));
        if (wild) level.push({ policy: from, expected, parent: wild.parent });
      }
    }
    if (!one.selfIssued) {
      explicit = Math.max(0, explicit - 1);
      mapping = Math.max(0, mapping - 1);
      any = Math.max(0, any - 1);
    }
    explicit = Math.min(explicit, one.requireExplicitPolicy ?? explicit);
    mapping = Math.min(mapping, one.inhibitPolicyMapping ?? mapping);
    any = Math.min(any, one.inhibitAnyPolicy ?? any);
  }
  return true;
}

const policy = fc.constantFrom('1', '2', '3');
const skip = fc.option(fc.nat(2), { freq: 1 });
const steps = fc.array(
  fc.record<PolicyStep>({
    policies: fc.option(
      fc.uniqueArray(fc.oneof({ weight: 4, arbitrary: policy }, fc.constant(anyPolicy)), { minLength: 1 }),
    ),
    policyMappings: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      fc.array(
        fc.tuple(policy, policy).map(([from, to]) => map(from, to)),
        { maxLength: 3 },
      ),
    ),
    requireExplicitPolicy: skip,
    inhibitPolicyMapping: skip,
    inhibitAnyPolicy: skip,
    selfIssued: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5 },
);

test('agrees with the tree of the RFC, whose levels it keeps as sets', () => {
  fc.assert(
    fc.property(steps, (path) => {
      expect(policyBreach(path) === null).toBe(byTheTree(path));
    }),
    { numRuns: 5_000 },
  );
});
