/** Rules that cover the same host, if the notation resolves them in another way than the rules do. */
import type { HostPattern } from '../../../core/host-pattern.ts';
import type { PinRule, PinRules } from '../../../core/pin-set.ts';
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
        const pair = `${shown(against.pattern)} and ${shown(rule.pattern)}`;
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

export function shown({ kind, name }: HostPattern): string {
  if (kind === 'one-label') return `*.${name}`;
  return kind === 'any-depth' ? `${name} with all names below it` : name;
}
