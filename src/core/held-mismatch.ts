import { type CheckedEndpoint, isJudged } from './check.ts';
import { type Affected, affected, extent, isWhole } from './extent.ts';
import type { Finding } from './finding.ts';
import { type JudgedSet, setWords } from './judged-set.ts';
import type { LookedAt } from './looked-at.ts';
import { versionOfSet } from './pin-set.ts';
import { plural } from './plural.ts';
import { listed } from './set-names.ts';
import type { Connection } from './tally.ts';

interface Facts {
  readonly looked: readonly LookedAt[];
  readonly endpoints: readonly CheckedEndpoint[];
  readonly held: readonly JudgedSet[];
}

/**
 * Earlier versions of the signed configuration that the server does not match any more. An app that holds one fails once,
 * fetches and recovers; if what is published fails on the same connection it does not, and `pin_mismatch` is about that.
 */
export function heldMismatch({ looked, endpoints, held }: Facts): Finding[] {
  if (held.length === 0) return [];
  const failing = held.flatMap((set) => {
    const bad = looked.flatMap(({ shown, connections }) => {
      const count = connections.filter((one) => failsAlone(set, one)).length;
      return affected(shown, { bad: count, clean: connections.length - count });
    });
    return bad.length === 0 ? [] : [{ name: set.name, bad }];
  });
  if (failing.length === 0) return [];
  const judged = endpoints.filter(isJudged).length;
  const groups = new Map<string, string[]>();
  for (const { name, bad } of failing) {
    const where = whereOf(bad, judged);
    groups.set(where, [...(groups.get(where) ?? []), name]);
  }
  const told = [...groups].map(
    ([where, names]) => `no key that ${listed(names, 'or')} pins is on the validated path of ${where}`,
  );
  const message = `${told.join('; ')}: an app that still holds ${failing.length === 1 ? 'it' : 'one of them'} fails once, fetches and recovers`;
  const pinSets = failing.map(({ name }) => name);
  return [{ code: 'pin_mismatch_held', severity: 'warning', message, pinSets }];
}

function failsAlone(set: JudgedSet, { observation, sets }: Connection): boolean {
  if (observation.failure !== null || sets.failing.some((name) => versionOfSet(name) !== null)) return false;
  return setWords([set], observation).failing.length > 0;
}

function whereOf(bad: readonly Affected[], judged: number): string {
  return bad.length === judged && bad.every(isWhole)
    ? `any endpoint (${plural(judged, 'endpoint')} judged)`
    : extent(bad, judged);
}
