/** The lists of a rule at places that the notation knows. A key that may be anywhere goes to where it was seen. */

import type { Pin } from '../../../core/pin.ts';
import type { PinHash } from '../../../core/pin-hash.ts';
import type { PinList, PinPlace, PinRule } from '../../../core/pin-set.ts';
import type { SeenKeys } from '../../../core/seen-key.ts';
import { patternText } from '../../../core/set-coverage.ts';
import { certified } from './certified.ts';
import type { Notation } from './notation.ts';

export interface Placed {
  readonly lists: readonly PinList[];
  readonly notes: readonly string[];
  readonly problems: readonly string[];
}

export function placed(rule: PinRule, notation: Notation, seen: SeenKeys): Placed {
  const name = patternText(rule.pattern);
  const { enforcer, at: places } = notation;
  const all = rule.allOf.map((list): Placed => {
    const hashes = certified(name, list, notation, seen);
    if (hashes.problems.length > 0) return hashes;
    const [found = list] = hashes.lists;
    const moved = places.includes(found.at) ? only(found) : move(name, found, notation, seen);
    return { ...moved, notes: [...hashes.notes, ...moved.notes] };
  });
  const lists = all.flatMap((one) => one.lists).sort((a, b) => places.indexOf(a.at) - places.indexOf(b.at));
  const problems = all.flatMap((one) => one.problems);
  if (new Set(lists.map(({ at }) => at)).size < lists.length || lists.length > places.length) {
    problems.push(`${name} needs a key from each of several lists, which ${enforcer} can't demand`);
  }
  return { lists, notes: all.flatMap((one) => one.notes), problems };
}

export function only(list: PinList): Placed {
  return { lists: [list], notes: [], problems: [] };
}

export function nowhere(problem: string): Placed {
  return { lists: [], notes: [], problems: [problem] };
}

const words: Record<PinPlace, string> = {
  leaf: "the leaf's key",
  ca: 'the keys of the authorities',
  path: 'all keys of the path',
};

function move(name: string, list: PinList, { enforcer, at: places }: Notation, seen: SeenKeys): Placed {
  const looksAt = places.map((place) => words[place]).join(' or ');
  if (list.at !== 'path') {
    return nowhere(`${name} compares ${words[list.at]}, but ${enforcer} compares ${looksAt}`);
  }
  const seenAt = (hash: PinHash) => [...(seen.get(hash as Pin)?.at ?? [])];
  const found = new Set(list.anyOf.flatMap(seenAt));
  const unseen = list.anyOf.filter((hash) => seenAt(hash).length === 0);
  const [at] = found;
  if (at === undefined) {
    return nowhere(
      `${enforcer} compares ${looksAt}, and no probe has seen where on the path the pinned keys of ${name} are`,
    );
  }
  if (found.size > 1) {
    const reason = places.includes('ca')
      ? 'it would need a leaf and a CA to match'
      : `it compares ${looksAt}`;
    return nowhere(
      `the keys of ${name} are partly of a leaf and partly of authorities, which ${enforcer} can't take: ${reason}`,
    );
  }
  if (!places.includes(at)) {
    return nowhere(
      `the pinned keys of ${name} are those of authorities, but ${enforcer} compares ${looksAt}`,
    );
  }
  const where = at === 'leaf' ? 'a leaf' : 'an authority';
  const notes = unseen.map(
    (hash) => `${hash} has not been seen yet; it will count only as the key of ${where}.`,
  );
  return { lists: [{ ...list, at }], notes, problems: [] };
}
