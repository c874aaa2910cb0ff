/** Finds the rules that may cover hosts of another rule, without comparing each with each. */
import { patternsMeet } from '../../../core/host-pattern.ts';
import type { PinRule } from '../../../core/pin-set.ts';

/**
 * For a rule, the others whose hosts it shares and that stand at its name or above. Of two rules that share hosts, one
 * is found from the other.
 */
export function widerRules(rules: readonly PinRule[]): (rule: PinRule) => PinRule[] {
  const byName = new Map<string, PinRule[]>();
  for (const rule of rules) {
    const { kind, name } = rule.pattern;
    if (kind === 'exact') continue;
    byName.set(name, [...(byName.get(name) ?? []), rule]);
  }
  return (rule) =>
    namesFrom(rule.pattern.name)
      .flatMap((name) => byName.get(name) ?? [])
      .filter((other) => other !== rule && patternsMeet(other.pattern, rule.pattern));
}

/** `a.b.c`, `b.c`, `c`. */
function namesFrom(name: string): string[] {
  const labels = name.split('.');
  return labels.map((_label, index) => labels.slice(index).join('.'));
}
