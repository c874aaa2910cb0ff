/** Which hosts an entry is for, in the notation's own terms. */

import type { PinRule } from '../../../core/pin-set.ts';
import { patternText } from '../../../core/set-coverage.ts';
import type { WriteOptions } from '../../../flow/write-pins.ts';
import { isSameDemand } from './meeting.ts';
import type { Coverage, Notation } from './notation.ts';

export interface CoveringRule extends PinRule {
  readonly covers: Coverage;
}

/** Each rule with the coverage of its entry; a name and what is one label below it may share an entry. */
export function coverageOf(rules: readonly PinRule[], { covers, oneEntryPerName }: Notation): CoveringRule[] {
  const byName = new Map<string, CoveringRule[]>();
  for (const rule of rules) {
    const { kind, name } = rule.pattern;
    const covering: CoveringRule = { ...rule, covers: kind === 'leaf-cn' ? 'exact' : kind };
    const known = byName.get(name) ?? [];
    const twin = oneEntryPerName ? known.find((one) => isSameDemand(one, rule)) : undefined;
    const shared = twin && united(twin.covers, covering.covers, covers);
    const next = shared ? known.map((one) => (one === twin ? { ...one, covers: shared } : one)) : null;
    byName.set(name, next ?? [...known, covering]);
  }
  return [...byName.values()].flat();
}

/** One coverage for two entries of the same name, if there is one. */
function united(a: Coverage, b: Coverage, known: readonly Coverage[]): Coverage | null {
  const pair = new Set([a, b]);
  if (pair.has('any-depth')) return 'any-depth';
  return pair.has('one-label') && known.includes('one-label-or-self') ? 'one-label-or-self' : null;
}

/** Why the notation can't cover the hosts of a rule; null: it can. */
export function uncoverable(
  { pattern, covers }: CoveringRule,
  { enforcer, covers: known }: Notation,
  { oneLabel = false }: Pick<WriteOptions, 'oneLabel'>,
): string | null {
  const { name, kind } = pattern;
  if (kind === 'leaf-cn') {
    return `${name} is the common name of a certificate, but ${enforcer} looks at the host that the app asks for`;
  }
  if (known.includes(covers)) return null;
  if (covers === 'any-depth' && known.includes('one-label-or-self')) {
    return oneLabel
      ? null
      : `${name} is pinned with all names below it, but ${enforcer} covers one label below a name at most: --one-label accepts that`;
  }
  if (covers === 'any-depth') {
    return `${name} is pinned with all names below it, but ${enforcer} covers one name only`;
  }
  return `${patternText(pattern)} is pinned, but ${enforcer} knows no wildcards for one label`;
}

/** Names that have several entries although the notation has one for each. */
export function repeated(rules: readonly CoveringRule[], { enforcer, oneEntryPerName }: Notation): string[] {
  if (!oneEntryPerName) return [];
  const names = new Set<string>();
  const twice = new Set<string>();
  for (const { name } of rules.map(({ pattern }) => pattern)) (names.has(name) ? twice : names).add(name);
  return [...twice].map(
    (name) => `${name} has entries with different pins, but ${enforcer} takes one for each name`,
  );
}
