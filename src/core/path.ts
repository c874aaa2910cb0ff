/**
 * The path from a leaf up to a trust anchor, found among what a server presented: by signature, the shortest one.
 *
 * Node's own walk goes by name and on to the topmost root; OkHttp and Android stop at the first anchor, and a key on
 * a certificate outside the path must not count (CVE-2016-2402). So the search is breadth-first and stops at the first
 * anchor reached. Nothing here knows X.509: the caller says who signed what.
 */

/** What the search asks about certificates. Every answer must stay the same during one search. */
export interface Issuance<T> {
  /** Equal for two items that are the same certificate, byte for byte. */
  readonly id: (item: T) => string;
  /** The trust anchors that bear the name of the item's issuer; for a root itself that includes the root. */
  readonly anchorsFor: (item: T) => readonly T[];
  /** The issuer's name is the one the child states, and its key made the child's signature. Asked once for each pair. */
  readonly issued: (child: T, issuer: T) => boolean;
  /** As an issuer: within its dates, and a CA. Not asked about the leaf, which is on every path. */
  readonly usable: (issuer: T) => boolean;
}

interface PathStep<T> {
  readonly item: T;
  /** What was sent counts as presented, also when the store has it. */
  readonly from: 'presented' | 'trust-store';
}

export interface BuiltPath<T> {
  readonly steps: readonly PathStep<T>[];
  /** The last step is a trust anchor. */
  readonly anchored: boolean;
}

/** How far the search came: a presented certificate, and the one below it on the way from the leaf. */
interface Reached<T> {
  readonly item: T;
  readonly below: Reached<T> | null;
}

/**
 * The shortest path from `presented[0]` to an anchor. Paths of usable issuers come first, whatever their length; an
 * unusable path is given where there is no other. Without an anchor: the leaf and every presented certificate that
 * chains to it by signature, nearest first.
 */
export function buildPath<T>(presented: readonly T[], asked: Issuance<T>): BuiltPath<T> {
  const issuance = { ...asked, issued: askedOnce(asked) };
  const distinct = [...new Map(presented.map((item) => [asked.id(item), item])).values()];
  const [leaf] = distinct;
  if (leaf === undefined) return { steps: [], anchored: false };
  if (issuance.anchorsFor(leaf).some((anchor) => issuance.id(anchor) === issuance.id(leaf))) {
    return { steps: [{ item: leaf, from: 'presented' }], anchored: true };
  }
  const clean = search(distinct, leaf, issuance, true);
  if (clean.anchored) return clean;
  return search(distinct, leaf, issuance, false);
}

/** Level by level: what is reached first is nearest, so a loop or a longer way round finds its certificates taken. */
function search<T>(
  distinct: readonly T[],
  leaf: T,
  issuance: Issuance<T>,
  usableOnly: boolean,
): BuiltPath<T> {
  const { id, anchorsFor, issued, usable } = issuance;
  const sent = new Set(distinct.map(id));
  const eligible = (issuers: readonly T[]): readonly T[] =>
    usableOnly ? issuers.filter(usable) : issuers.toSorted((a, b) => Number(usable(b)) - Number(usable(a)));

  const reached: Reached<T>[] = [{ item: leaf, below: null }];
  const waiting = new Set(distinct.filter((item) => item !== leaf));
  // Grows while it is walked: a queue.
  for (const current of reached) {
    // The store before what was sent: an anchor ends the path where a cross-certificate for it would lead on.
    const signers = anchorsFor(current.item).filter((anchor) => issued(current.item, anchor));
    const [anchor] = eligible(signers);
    if (anchor !== undefined) {
      const from = sent.has(id(anchor)) ? 'presented' : 'trust-store';
      return { steps: [...stepsTo(current), { item: anchor, from }], anchored: true };
    }
    const above = [...waiting].filter((candidate) => issued(current.item, candidate));
    for (const issuer of eligible(above)) {
      waiting.delete(issuer);
      reached.push({ item: issuer, below: current });
    }
  }
  return { steps: reached.map(({ item }) => ({ item, from: 'presented' })), anchored: false };
}

function stepsTo<T>(last: Reached<T>): PathStep<T>[] {
  const steps: PathStep<T>[] = [];
  for (let at: Reached<T> | null = last; at !== null; at = at.below) {
    steps.unshift({ item: at.item, from: 'presented' });
  }
  return steps;
}

/** A signature check costs up to a millisecond: each pair is asked about once, over both searches. */
function askedOnce<T>({ id, issued }: Issuance<T>): (child: T, issuer: T) => boolean {
  const answers = new Map<string, boolean>();
  return (child, issuer) => {
    const pair = `${id(child)} ${id(issuer)}`;
    const known = answers.get(pair);
    if (known !== undefined) return known;
    const answer = issued(child, issuer);
    answers.set(pair, answer);
    return answer;
  };
}
