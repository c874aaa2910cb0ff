import { certificateHashes, certificateHashPins } from './certificate-hash-pin.ts';
import { type CheckedEndpoint, isJudged } from './check.ts';
import { type Affected, affected, extent, isWhole } from './extent.ts';
import type { Finding } from './finding.ts';
import { type JudgedSet, unmetPlace } from './judged-set.ts';
import type { LookedAt } from './looked-at.ts';
import { isKeyHash } from './pin-hash.ts';
import type { PinPlace } from './pin-set.ts';
import { plural } from './plural.ts';
import { isMismatch, seenFrom, seenFromText } from './seen-from.ts';
import { areNamed, concerned, listed } from './set-names.ts';
import type { Connection } from './tally.ts';

interface Facts {
  readonly looked: readonly LookedAt[];
  readonly endpoints: readonly CheckedEndpoint[];
  readonly sets: readonly JudgedSet[];
}

/** A set that mismatches, and where. */
interface Failing {
  readonly set: JudgedSet;
  readonly bad: readonly Affected[];
  /** On every connection to every endpoint that was judged by it. */
  readonly isFull: boolean;
  /** How many those are. */
  readonly judged: number;
  readonly why: Why;
}

type Why = PinPlace | 'closed';

/** `pin_mismatch` names the sets that mismatch everywhere, `pin_mismatch_partial` those that match on some endpoint. */
export function mismatches(facts: Facts): Finding[] {
  const names = new Set(
    facts.looked.flatMap(({ connections }) => connections.flatMap((one) => one.sets.failing)),
  );
  const failing = facts.sets.filter(({ name }) => names.has(name)).flatMap((set) => failingOn(set, facts));
  if (failing.length === 0) return [];
  const findings = [
    of(
      'pin_mismatch',
      failing.filter(({ isFull }) => isFull),
      facts,
    ),
    of(
      'pin_mismatch_partial',
      failing.filter(({ isFull }) => !isFull),
      facts,
    ),
  ].flat();
  const hashes = failing.flatMap(({ set }) => set.hashes.filter(isKeyHash));
  const mistakes = certificateHashPins(certificateHashes(facts.looked), [...new Set(hashes)]);
  return findings.map((finding, index) =>
    index === 0 ? { ...finding, message: [finding.message, ...mistakes].join('; ') } : finding,
  );
}

function failingOn(set: JudgedSet, { looked, endpoints }: Facts): Failing[] {
  const { name } = set;
  const judging = looked.filter(({ shown }) => isJudged(shown));
  const counted = judging.map(({ shown, connections }) => {
    const bad = connections.filter(({ sets }) => sets.failing.includes(name)).length;
    const clean = connections.filter((one) => one.observation.failure === null && isClean(one, name)).length;
    return { shown, count: { bad, clean } };
  });
  const bad = counted.flatMap(({ shown, count }) => affected(shown, count));
  const first = looked
    .flatMap(({ connections }) => [...connections])
    .find(({ sets }) => sets.failing.includes(name));
  if (bad.length === 0 || first === undefined) return [];
  const judged = counted.filter(({ count }) => count.bad + count.clean > 0).length;
  const isFull = bad.length === judged && bad.every(isWhole);
  return [
    { set, bad, isFull, judged: isFull ? judged : endpoints.filter(isJudged).length, why: whyOf(set, first) },
  ];
}

/** If the handshake broke off, no app connects, but a set that would match does not mismatch. */
function isClean({ sets, checked }: Connection, name: string): boolean {
  return sets.met.includes(name) && checked.failure === null;
}

function whyOf(set: JudgedSet, { observation }: Connection): Why {
  if (observation.failure !== null) return 'path';
  const { path } = observation;
  const demand = set.demand(path.certificates[0]?.certificate.commonName ?? null);
  if (demand.is !== 'pinned') return 'closed';
  return unmetPlace(demand, path) ?? 'path';
}

function of(
  code: 'pin_mismatch' | 'pin_mismatch_partial',
  failing: readonly Failing[],
  facts: Facts,
): Finding[] {
  if (failing.length === 0) return [];
  const groups = new Map<string, { readonly names: string[]; readonly one: Failing }>();
  for (const one of failing) {
    const key = JSON.stringify([one.why, isOfKeys(one.set), whereOf(one)]);
    const group = groups.get(key) ?? { names: [], one };
    group.names.push(one.set.name);
    groups.set(key, group);
  }
  const told = [...groups.values()].map(({ names, one }) =>
    areNamed(facts.sets) ? sentence(names, one) : `no pinned key is on the validated path of ${whereOf(one)}`,
  );
  const names = failing.map(({ set }) => set.name);
  const message = `${told.join('; ')}${seenFromText(seenFrom(facts.endpoints, isMismatch))}`;
  return [{ code, severity: 'critical', message, ...concerned(facts.sets, names) }];
}

function whereOf({ isFull, bad, judged }: Failing): string {
  return isFull ? `any endpoint (${plural(judged, 'endpoint')} judged)` : extent(bad, judged);
}

function sentence(names: readonly string[], one: Failing): string {
  const where = whereOf(one);
  const what = `${isOfKeys(one.set) ? 'key' : 'certificate'} that ${listed(names, 'or')} pins`;
  switch (one.why) {
    case 'path':
      return `no ${what} is on the validated path of ${where}`;
    case 'leaf':
      return isOfKeys(one.set)
        ? `the leaf has no ${what}, on ${where}`
        : `the leaf is no ${what}, on ${where}`;
    case 'ca':
      return isOfKeys(one.set)
        ? `no certificate above the leaf has a ${what}, on ${where}`
        : `no ${what} is above the leaf, on ${where}`;
    case 'closed':
      return `the pins of ${listed(names, 'and')} have run out, and these apps then connect no more`;
    default:
      return one.why satisfies never;
  }
}

function isOfKeys({ hashes }: JudgedSet): boolean {
  return hashes.every(isKeyHash);
}
