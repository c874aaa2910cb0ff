/** The processes of pinwatch, their store and their clocks. */
import { ofService } from './promql.ts';
import type { Rule } from './rule.ts';

export const processRules: readonly Rule[] = [
  {
    alert: 'PinwatchDown',
    why: `\`for\` is shorter than the 5 m bridge above, so that this alert inhibits the domain alerts in Alertmanager before
they would end: an outage of pinwatch must not be reported as "resolved". It is longer than a restart.
Only \`run\` and \`server\` export this series. It ends if up == 0, if there is no such job, or if the shared state is
lost.`,
    expr: 'absent(pinwatch_sweep_next_timestamp_seconds)',
    for: '2m',
    severity: 'critical',
    summary: 'No pinwatch process is up: the pins are not watched.',
    description:
      'No pinwatch process gives Prometheus the state of its domains. Check whether the process runs and its Redis answers (GET /readyz says which).',
  },
  {
    alert: 'PinwatchInstanceDown',
    why: 'One process of several. `for`: a deployment takes a while.',
    expr: 'up{job="pinwatch"} == 0',
    for: '5m',
    severity: 'warning',
    summary: 'A pinwatch process is down.',
    description:
      'The others go on; if it was the only worker, nothing is probed. Find out why {{ $labels.instance }} does not answer GET /metrics.',
  },
  {
    alert: 'PinwatchRestarting',
    why: 'A deployment is one start; four in half an hour are a crash loop.',
    expr: 'changes(process_start_time_seconds{job="pinwatch"}[30m]) >= 4',
    for: '0m',
    severity: 'warning',
    summary: 'A pinwatch process keeps restarting.',
    description:
      'pinwatch on {{ $labels.instance }} started {{ $value }} times in 30 minutes. Read the last lines of its log before each start.',
  },
  {
    alert: 'PinwatchReloadFailed',
    why: 'No `for`: a wrong file does not correct itself, and the person who changed it is still there.',
    expr: 'max by (instance) (1 - last_over_time(pinwatch_last_reload_successful[5m])) > 0',
    for: '0m',
    severity: 'warning',
    summary: 'A changed configuration was refused.',
    description:
      'On {{ $labels.instance }}, the configuration from before stays in force, and what has changed in the file is not watched. The event `reload_refused` in its log names every problem; so does `pinwatch validate`.',
  },
  {
    alert: 'PinwatchStoreReplaced',
    why: `No \`for\`: a person must act, and domains registered at runtime are not watched meanwhile. Every process shows this
series without a token, because the one that Prometheus scrapes with may be lost with the store.`,
    expr: `${ofService('pinwatch_store_replaced')} == 1`,
    for: '0m',
    severity: 'critical',
    summary: 'Redis is not the one last seen: the API is closed.',
    description:
      "The data is lost, older or another installation's. Only the domains in the file are certainly watched. Bring the right Redis back, or run `pinwatch store adopt` on the machine.",
  },
  {
    alert: 'PinwatchUnreadableValue',
    why: 'No `for`: a probe has read the value, and it does not repair itself.',
    expr: `${ofService('pinwatch_unreadable_values')} > 0`,
    for: '0m',
    severity: 'warning',
    summary: "Some stored data can't be read.",
    description:
      '{{ $value }} values in its Redis make no sense; the domains concerned are not watched, or not correctly. The event `unreadable` in the log names them.',
  },
  {
    alert: 'PinwatchRedisAway',
    why: '`for` bridges a failover or a restart of Redis. One alert for any number of processes.',
    expr: 'count(pinwatch_redis_up == 0)',
    for: '2m',
    severity: 'critical',
    summary: "Redis can't be used: nothing is probed and nothing is mailed.",
    description:
      '{{ $value }} pinwatch processes get no answer from Redis, or cannot use it. GET /readyz of each says why; the domains are shown in their last known state.',
  },
  {
    alert: 'PinwatchClockStepped',
    why: 'The second term catches a counter that is above 0 at its first scrape: a step found at the start.',
    expr: `sum by (instance, direction) (increase(pinwatch_clock_steps_total[15m])) > 0
or
sum by (instance, direction) ((pinwatch_clock_steps_total > 0) unless pinwatch_clock_steps_total offset 15m)`,
    for: '0m',
    severity: 'warning',
    summary: "A machine's clock was set.",
    description:
      "The clock of pinwatch on {{ $labels.instance }} was set {{ $labels.direction }}, and pinwatch has rescheduled what followed the wrong time. Find out why that machine's clock was wrong (`timedatectl`, `chronyc tracking`): certificate dates are judged by it.",
  },
  {
    alert: 'PinwatchClockSkew',
    why: '',
    expr: 'max by (instance) (abs(last_over_time(pinwatch_clock_skew_seconds[5m]))) > 60',
    for: '5m',
    severity: 'warning',
    summary: "A machine's clock differs from that of Redis.",
    description:
      'The clocks of pinwatch on {{ $labels.instance }} and of Redis are {{ $value | humanizeDuration }} apart. Synchronize both by NTP: what one process plans is early or late for the others.',
  },
];
