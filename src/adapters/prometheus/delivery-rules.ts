/** Whether notices reach people. */
import type { Rule } from './rule.ts';

export const deliveryRules: readonly Rule[] = [
  {
    alert: 'PinwatchNoticesUndeliverable',
    why: `A notice was given up, or some have been pending for 15 m and none was sent. (Grouping takes 5 m 30 s by default.)
The second term catches a counter that is above 0 at its first scrape, which increase() can't see.`,
    expr: `(
  sum(increase(pinwatch_notices_total{outcome="failed_permanent"}[1h])) > 0
  or
  sum((pinwatch_notices_total{outcome="failed_permanent"} > 0) unless pinwatch_notices_total{outcome="failed_permanent"} offset 1h)
)
or
(
  min_over_time((max(last_over_time(pinwatch_notices_pending[5m])))[15m:1m]) > 0
  and max(pinwatch_notices_pending offset 15m) > 0
  unless sum(increase(pinwatch_notices_total{outcome=~"sent|written"}[15m])) > 0
)`,
    for: '0m',
    severity: 'critical',
    summary: "Mail can't be delivered.",
    description:
      "Contacts of some accounts are not notified. The log has the mail server's answer; correct the address or the server.",
  },
  {
    alert: 'PinwatchChannelUndeliverable',
    why: 'A channel refused a notice, or channels of a type have failed for 15 m and none got through. Mail still notifies.',
    expr: `sum by (type) (increase(pinwatch_channel_notices_total{outcome="failed_permanent"}[1h])) > 0
or
(
  sum by (type) (increase(pinwatch_channel_notices_total{outcome="failed_temporary"}[15m])) > 0
  and sum by (type) (increase(pinwatch_channel_notices_total{outcome="failed_temporary"}[15m] offset 15m)) > 0
  unless sum by (type) (increase(pinwatch_channel_notices_total{outcome="sent"}[30m])) > 0
)`,
    for: '0m',
    severity: 'warning',
    summary: "A notification channel can't be used.",
    description:
      'Some {{ $labels.type }} channels are not notified. The log names the channel and has the answer; correct its URL, its key or the service.',
  },
];
