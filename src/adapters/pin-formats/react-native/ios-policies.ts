/** What both React Native packages hand to TrustKit on iOS. */
import type { PinRule } from '../../../core/pin-set.ts';
import { quote } from '../../../core/quote.ts';
import { isHostLiteral } from '../host-literal.ts';
import type { Offset, Remarks } from '../remarks.ts';

export interface Policy {
  readonly at: Offset;
  readonly rule: PinRule;
}

/**
 * The rules of iOS; null if TrustKit refuses the whole configuration, which is told as a warning: on Android it works.
 */
export function iosRules(
  policies: readonly Policy[],
  consequence: string,
  remarks: Remarks,
): PinRule[] | null {
  let isRefused = false;
  const refuse = (at: Offset, why: string) => {
    isRefused = true;
    remarks.warn(at, `left out for iOS, where ${consequence}: ${why}`);
  };
  const rules = policies.flatMap(({ at, rule }) => {
    const { name } = rule.pattern;
    const pins = new Set(rule.allOf.flatMap(({ anyOf }) => anyOf));
    if (!name.includes('.')) refuse(at, `TrustKit knows no domain ${quote(name)}`);
    else if (pins.size < (rule.enforce ? 2 : 1)) refuse(at, `TrustKit wants two pins for ${quote(name)}`);
    if (!isHostLiteral(name)) remarks.warn(at, `on iOS ${quote(name)} matches no host`);
    return isHostLiteral(name) ? [rule] : [];
  });
  return isRefused ? null : rules;
}
