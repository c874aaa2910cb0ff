/** The signed configuration of an account. */
import { ofAccount } from './promql.ts';
import type { Rule } from './rule.ts';

const expires = ofAccount('pinwatch_config_expires_timestamp_seconds');
const issued = ofAccount('pinwatch_config_issued_timestamp_seconds');

/** The last part of its life has begun. */
function inLast(part: number): string {
  return `${expires} - time()
< (
  ${expires}
  - ${issued}
) / ${part}`;
}

const staleIn =
  'Apps of {{ $labels.account }} call it stale{{ if gt $value 0.0 }} in {{ $value | humanizeDuration }}{{ end }}.';

export const signedRules: readonly Rule[] = [
  {
    alert: 'PinwatchConfigNotServed',
    why: 'No `for`: pinwatch has checked several times, a minute apart, before it exported it.',
    expr: 'min by (account) (last_over_time(pinwatch_config_served[5m])) == 0',
    for: '0m',
    severity: 'critical',
    summary: "Apps don't get the signed configuration that was published.",
    description:
      'Apps of {{ $labels.account }} go on with the pins that they have, so a change of keys would break them. The event config_not_served says which URL, and what is wrong with it.',
  },
  {
    alert: 'PinwatchConfigExpiring',
    why: 'A fourteenth of its life, whatever publish.validFor: at the defaults the last day.',
    expr: inLast(14),
    for: '5m',
    severity: 'critical',
    summary: 'A signed configuration is about to expire.',
    description: `${staleIn} They go on with the pins that they have, and can't tell it from one that is held back. The event config_failed says why it is not signed.`,
  },
  {
    alert: 'PinwatchConfigExpiring',
    why: 'A quarter: at the defaults 3.5 d, after ten renewals that failed.',
    expr: inLast(4),
    for: '5m',
    severity: 'warning',
    summary: 'A signed configuration is not renewed.',
    description: `${staleIn} They go on with the pins that they have. The event config_failed says why it is not signed.`,
  },
];
