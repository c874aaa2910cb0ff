/** Every rule, for one interval. A new alert goes into the list of its subject. */
import { deliveryRules } from './delivery-rules.ts';
import { expiryRules } from './expiry-rules.ts';
import { muteRules } from './mute-rules.ts';
import { pinRules } from './pin-rules.ts';
import { reachRules, regionRules, scheduleRules, sightRules } from './probing-rules.ts';
import { processRules } from './process-rules.ts';
import type { RuleGroup, RuleSettings } from './rule.ts';
import { signedRules } from './signed-rules.ts';

export function ruleGroups(settings: RuleSettings): readonly RuleGroup[] {
  return [
    // Those that other rules use come first: a group is evaluated in order.
    {
      name: 'pinwatch-domains',
      rules: [...muteRules, ...pinRules, ...reachRules(settings), ...expiryRules(settings), ...signedRules],
    },
    {
      name: 'pinwatch-service',
      rules: [...processRules, ...scheduleRules(settings), ...sightRules, ...regionRules, ...deliveryRules],
    },
  ];
}
