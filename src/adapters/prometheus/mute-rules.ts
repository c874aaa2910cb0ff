import { mutedUntil, ofDomain } from './promql.ts';
import type { Rule } from './rule.ts';

export const muteRules: readonly Rule[] = [
  {
    record: mutedUntil,
    why: `Maintenance: until then, neither mail nor these rules report the domain. It is a time and not a flag, so that the
mute ends by itself. An alert that is firing when the mute begins ends, and returns after it if it still holds.`,
    expr: `${ofDomain('pinwatch_muted_until_timestamp_seconds')} > time()`,
  },
];
