import { type Authority, createRoot, type Issued, type IssueOptions } from '../lab/authority.ts';
import {
  certificatePolicies,
  extendedKeyUsage,
  keyUsage,
  nameConstraints,
  policyConstraints,
  unknownCritical,
} from '../lab/constraints.ts';
import type { Extension } from '../lab/extensions.ts';
import { generator } from '../lab/generator.ts';
import { type Case, defaultHost, type Made } from './case.ts';

const dayMs = 86_400_000;

/** A random chain: the seed determines everything but the keys. */
export function randomCase(seed: number): Case {
  return { name: `seed-${seed}`, make: () => make(generator(seed)) };
}

const having = (extension: Extension): IssueOptions => ({ extensions: [extension] });

/** Faults of authorities and leaves, each with its frequency in percent. */
const faults: readonly (readonly [chance: number, fault: () => IssueOptions])[] = [
  [6, () => ({ notAfter: new Date(Date.now() - dayMs) })],
  [3, () => ({ notBefore: new Date(Date.now() + dayMs) })],
  [4, () => ({ ca: false })],
  [4, () => having(keyUsage('digitalSignature'))],
  [4, () => ({ pathLength: 0 })],
  [4, () => ({ pathLength: 1 })],
  [4, () => having(nameConstraints({ excluded: ['differential.test'] }))],
  [4, () => having(nameConstraints({ permitted: ['differential.test'] }))],
  [3, () => having(nameConstraints({ permitted: ['elsewhere.test'] }))],
  [3, () => having(policyConstraints({ requireExplicit: 0 }))],
  [3, () => having(policyConstraints({ requireExplicit: 1 }))],
  [10, () => having(certificatePolicies('1.3.6.1.4.1.99999.7'))],
  [3, () => having(extendedKeyUsage('1.3.6.1.5.5.7.3.2'))],
  [3, () => having(unknownCritical)],
  [6, () => ({ keyIdentifiers: false })],
];

function make(random: () => number): Made {
  const below = (count: number) => Math.floor(random() * count);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  const faulty = (): IssueOptions => {
    const chosen = faults.filter(([chance]) => random() * 100 < chance).map(([, fault]) => fault());
    // One of each kind: a certificate with a duplicate extension is a case of its own.
    const extensions = chosen.flatMap((one) => one.extensions ?? []);
    const distinct = [...new Map(extensions.map((one) => [one.oid, one])).values()];
    return { ...(Object.assign({}, ...chosen) as IssueOptions), extensions: distinct };
  };
  const roots = Array.from({ length: 1 + below(3) }, (_, index) =>
    // Two roots with one name are rare. Roots get no other faults, because clients don't agree on any.
    createRoot({ commonName: random() < 0.1 ? 'Root' : `Root ${index}` }),
  );
  const authorities: Authority[] = [...roots];
  const issued: Issued[] = [];
  for (let count = 1 + below(4); count > 0; count -= 1) {
    const made = pick(authorities).intermediate({ commonName: `Intermediate ${issued.length}`, ...faulty() });
    authorities.push(made);
    issued.push(made.issued);
  }
  for (let count = below(3); count > 0; count -= 1) {
    issued.push(pick(authorities).crossSign(pick(authorities), faulty()));
  }
  const { ca: _leavesAreNone, ...leafFaults } = random() < 0.25 ? faulty() : {};
  const leaf = (authorities.at(-1) ?? pick(roots)).leaf({ names: [defaultHost], ...leafFaults });
  const rootsSent = roots.filter(() => random() < 0.2).map((one) => one.issued);
  const sent = [...issued, ...rootsSent]
    .filter(() => random() < 0.9)
    .map((one) => ({ one, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);
  const trusted = roots.filter(() => random() < 0.75);
  return {
    chains: [[leaf, ...sent]],
    anchors: (trusted.length > 0 ? trusted : roots).map((one) => one.issued),
    also: [...issued, ...roots.map((one) => one.issued)],
  };
}
