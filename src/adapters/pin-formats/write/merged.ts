/** Rules with equal patterns as one, and rules that change nothing left out. */

import { specificity } from '../../../core/host-pattern.ts';
import type { PinHash } from '../../../core/pin-hash.ts';
import type { PinList, PinRule, PinRules } from '../../../core/pin-set.ts';
import { patternText } from '../../../core/set-coverage.ts';
import type { Notation } from './notation.ts';
import { widerRules } from './wider-rules.ts';

export interface Merged {
  readonly kept: readonly PinRule[];
  readonly problems: readonly string[];
}

export function merged({ resolution, rules }: PinRules, { enforcer, excludes }: Notation): Merged {
  const byPattern = new Map<string, PinRule>();
  const problems: string[] = [];
  for (const rule of rules.map(withUnitedLists)) {
    const key = patternText(rule.pattern);
    const known = byPattern.get(key);
    if (known === undefined) byPattern.set(key, rule);
    // Of equally specific rules the first one counts.
    else if (resolution === 'union') {
      if (!isSameTerm(known, rule)) {
        problems.push(`${key} has several lists, which end at different times or are not enforced alike`);
      }
      byPattern.set(key, withUnitedLists({ ...known, allOf: [...known.allOf, ...rule.allOf] }));
    }
  }
  const all = [...byPattern.values()];
  const wider = widerRules(all);
  const kept = all.filter((rule) => {
    if (rule.allOf.length > 0) return true;
    // In a union an empty rule adds nothing; without a wider rule its hosts are not pinned anyway.
    return resolution === 'most-specific' && wider(rule).some((other) => isOverruled(other, rule));
  });
  const excluded = kept.filter(
    ({ allOf, pattern }) => allOf.length === 0 && excludes !== 'any-depth' && pattern.kind !== excludes,
  );
  if (excluded.length > 0) {
    problems.push(
      ...excluded.map(
        ({ pattern }) =>
          `${patternText(pattern)} is an exception from the pins above it, which ${enforcer} can't make`,
      ),
    );
  }
  return { kept, problems };
}

function withUnitedLists(rule: PinRule): PinRule {
  const places = new Map<PinList['at'], PinHash[]>();
  for (const { at, anyOf } of rule.allOf) places.set(at, [...(places.get(at) ?? []), ...anyOf]);
  return { ...rule, allOf: [...places].map(([at, anyOf]) => ({ at, anyOf: [...new Set(anyOf)] })) };
}

function isSameTerm(a: PinRule, b: PinRule): boolean {
  return a.enforce === b.enforce && a.until === b.until && (a.then === 'closed') === (b.then === 'closed');
}

/** Of equally specific rules the order decides; which one does not matter here. */
function isOverruled(wider: PinRule, rule: PinRule): boolean {
  return wider.allOf.length > 0 && specificity(wider.pattern) <= specificity(rule.pattern);
}
