/** How messages name pin sets. */
import type { Finding } from './finding.ts';
import type { JudgedSet } from './judged-set.ts';
import { ownSetName } from './pin-set.ts';

/** Whether sets have to be named: not if the registry's pins are the only one, as before there were others. */
export function areNamed(sets: readonly Pick<JudgedSet, 'name'>[]): boolean {
  return sets.some(({ name }) => name !== ownSetName);
}

/** The part of a finding that names them. */
export function concerned(
  sets: readonly Pick<JudgedSet, 'name'>[],
  names: readonly string[],
): Pick<Finding, 'pinSets'> {
  return areNamed(sets) ? { pinSets: names } : {};
}

const mostNamed = 6;

/** `a`, `a or b`, `a, b or c`: some of them, if there are very many. */
export function listed(names: readonly string[], word: 'and' | 'or'): string {
  const hidden = names.length - mostNamed;
  const shown = hidden > 0 ? [...names.slice(0, mostNamed), `${hidden} more`] : names;
  const [last = '', ...before] = [...shown].reverse();
  return before.length === 0 ? last : `${before.reverse().join(', ')} ${word} ${last}`;
}
