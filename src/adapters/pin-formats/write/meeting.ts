/** Rules that cover the same host, if the notation resolves them in another way than the rules do. */

import type { PinRule, PinRules } from '../../../core/pin-set.ts';
import { patternText } from '../../../core/set-coverage.ts';
import type { Notation } from './notation.ts';
import { widerRules } from './wider-rules.ts';

export function meeting(
  { resolution, rules }: PinRules,
  { enforcer, resolution: other }: Notation,
): string[] {
  if (other === resolution || other === 'one host') return [];
  const counts =
    resolution === 'union' ? 'the more specific entry counts alone' : 'the pins of both entries count';
  const wider = widerRules(rules);
  return rules.flatMap((rule) =>
    wider(rule)
      .filter((against) => !isSameDemand(rule, against))
      .map((against) => {
        const pair = `${patternText(against.pattern)} and ${patternText(rule.pattern)}`;
        return `${pair} share hosts, and have different pins: for ${enforcer}, ${counts}`;
      }),
  );
}

/** Whether the two ask the same of a chain. */
export function isSameDemand(a: PinRule, b: PinRule): boolean {
  return demand(a) === demand(b);
}

function demand({ allOf, enforce, until, then: after }: PinRule): string {
  const lists = allOf.map(({ at, anyOf }) => [at, [...anyOf].sort()] as const);
  lists.sort(([x], [y]) => (x < y ? -1 : 1));
  return JSON.stringify([lists, enforce, until ?? null, after === 'closed']);
}
