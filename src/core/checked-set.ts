import type { Check, CheckedSet, Verdict } from './check.ts';
import { rfc3339 } from './clock.ts';
import type { Domain } from './domain.ts';
import { type JudgedSet, type SetWords, setWords } from './judged-set.ts';
import { certificatePinOf, type PinHash } from './pin-hash.ts';
import type { Connection } from './tally.ts';

/** The check's part about pin sets: none if the registry's pins are the only set. */
export function checkedSets(
  { pinSets = [] }: Pick<Domain, 'pinSets'>,
  sets: readonly JudgedSet[],
  held: readonly JudgedSet[],
  connections: readonly Connection[],
  now: number,
): Pick<Check, 'pinSets'> {
  if (pinSets.length === 0) return {};
  const onPaths = new Set(connections.flatMap(hashesOnPath));
  const ofHeld = held.map((set) => {
    // Their words are not among those of a connection, which decide its verdict.
    const judged = connections.map((one) => ({ ...one, sets: wordsOf(set, one) }));
    return { ...checkedSet(set, judged, onPaths, now), held: true } as const;
  });
  return { pinSets: [...sets.map((set) => checkedSet(set, connections, onPaths, now)), ...ofHeld] };
}

function wordsOf(set: JudgedSet, { observation }: Connection): SetWords {
  return observation.failure === null ? setWords([set], observation) : { failing: [], met: [] };
}

function checkedSet(
  set: JudgedSet,
  connections: readonly Connection[],
  onPaths: ReadonlySet<PinHash>,
  now: number,
): CheckedSet {
  const { name, appVersion, hashes, ends } = set;
  const end = ends.find(({ at }) => at > now) ?? ends.at(-1);
  return {
    name,
    appVersion,
    verdict: verdictOf(set, connections),
    pins: hashes.map((pin) => ({ pin, seen: onPaths.has(pin) })),
    until: end === undefined ? null : rfc3339(end.at),
  };
}

function verdictOf({ name, decides }: JudgedSet, connections: readonly Connection[]): Verdict {
  if (!decides) return 'unpinned';
  if (connections.some(({ sets }) => sets.failing.includes(name))) return 'mismatch';
  const judged = connections.filter(({ checked }) => checked.failure === null);
  if (judged.some(({ sets }) => sets.met.includes(name))) return 'match';
  return judged.length > 0 ? 'unpinned' : 'inconclusive';
}

/** Of keys and of whole certificates, as far as the path was seen. */
export function hashesOnPath({ observation }: Connection): PinHash[] {
  if (observation.failure !== null) return [];
  const { certificates, alsoReached } = observation.path;
  return [...certificates.map(({ certificate }) => certificate), ...alsoReached].flatMap((certificate) => [
    certificate.pin,
    certificatePinOf(certificate),
  ]);
}
