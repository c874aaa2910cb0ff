/** Whether domains are probed, and with a result. */
import { indented, ofDomain, ofRegion, ofService, oneSweep, twoSweeps, unlessMuted } from './promql.ts';
import type { Rule, RuleSettings } from './rule.ts';

const conclusive = 'pinwatch_last_conclusive_probe_timestamp_seconds';
const probe = 'pinwatch_last_probe_timestamp_seconds';
const newest = 'pinwatch_newest_probe_timestamp_seconds';
const sweep = 'pinwatch_sweep_last_start_timestamp_seconds';
const next = 'pinwatch_sweep_next_timestamp_seconds';

/** Clocks may differ by 10 m, and that of Prometheus by 2 m more. */
const clockMinutes = 12;

export function reachRules({ intervalMs }: RuleSettings): readonly Rule[] {
  const back = twoSweeps(intervalMs);
  return [
    {
      alert: 'PinwatchUnreachable',
      why: `The probe before the look-back was inconclusive, a later one was made, and none since was conclusive: that is at
least three in a row. A domain that was never probed has no such probe, and for a new one the look-back is the grace
period. No \`for\`: the look-back is the wait.`,
      expr: `(
  ${ofDomain(conclusive)}
    < ${ofDomain(probe, back)}
  and
  ${ofDomain(probe)}
    > ${ofDomain(probe, back)}
)
${unlessMuted}`,
      for: '0m',
      severity: 'warning',
      summary: 'No endpoint of a domain could be probed for three sweeps.',
      description:
        'It is unknown what {{ $labels.domain }} presents to the apps of {{ $labels.account }} (last known: {{ if gt $value 0.0 }}{{ $value | humanizeTimestamp }}{{ else }}never{{ end }}). Run `pinwatch check {{ $labels.domain }}`; its failure code says which step fails.',
    },
  ];
}

export const sightRules: readonly Rule[] = [
  {
    alert: 'PinwatchBlind',
    why: 'No `for`: pinwatch has waited for one and a half intervals before it opened the incident.',
    expr: `${ofService('pinwatch_incidents_open{kind="blind"}')} > 0`,
    for: '0m',
    severity: 'critical',
    summary: 'Everything that pinwatch watches went out of sight at once.',
    description:
      'No domain of {{ $value }} account{{ if ne $value 1.0 }}s{{ end }} can be probed, although all of them were seen shortly before: most likely our own network or name servers. No mismatch would be found there. Run `pinwatch status`.',
  },
];

export const regionRules: readonly Rule[] = [
  {
    alert: 'PinwatchRegionAway',
    why: '`for`: the workers of a region may be restarted, or moved.',
    expr: `${ofRegion('pinwatch_region_up')} == 0`,
    for: '5m',
    severity: 'warning',
    summary: 'No worker in a region answers: nobody looks from there.',
    description:
      'What apps in {{ $labels.region }} meet is unknown, and a mismatch that only they see is not noticed. Start a worker there, or look into its log. Run `pinwatch status`.',
  },
];

export function scheduleRules({ intervalMs }: RuleSettings): readonly Rule[] {
  const back = twoSweeps(intervalMs);
  const sweepBack = oneSweep(intervalMs);
  const ahead = Math.ceil(intervalMs / 1_000);
  return [
    {
      alert: 'PinwatchSweepStalled',
      why: `First, the next sweep is overdue by 2 m. Second, its planned time keeps moving while no sweep starts: what was
planned ${sweepBack} ago was due 3 m ago, and no sweep has started since. Third, a clock was ahead: the last sweep started in
the future, by more than clocks may differ (10 m, and 2 m for Prometheus's own), or the next one is further ahead
than an interval. pinwatch checks its schedule twice a minute: \`for\` gives it time to repair it.`,
      expr: `time() - ${ofService(next)} > 120
or
${ofService(sweep)}
  < (${ofService(next, sweepBack)} < time() - 180)
or
${ofService(sweep)} - time() > ${clockMinutes * 60}
or
${ofService(next)} - time() > ${ahead} + ${clockMinutes * 60}`,
      for: '2m',
      severity: 'critical',
      summary: 'No sweep starts: no domain is watched.',
      description:
        'The sweep that is due does not start, or the next one is planned too far ahead. Check that a worker runs, Redis accepts writes and the clocks are right; then restart pinwatch, which repairs its schedule.',
    },
    {
      alert: 'PinwatchProbesStalled',
      why: 'Sweeps start, but no domain is probed: there is no worker. `for`: after a restart, overdue probes come first.',
      expr: `${ofService(newest)} == ${ofService(newest, back)}
and ${ofService(sweep)} > ${ofService(sweep, back)}`,
      for: '5m',
      severity: 'critical',
      summary: 'Sweeps start, but nothing is probed: no domain is watched.',
      description:
        'Newest probe of any domain: {{ if gt $value 0.0 }}{{ $value | humanizeTimestamp }}{{ else }}never{{ end }}. Check that a worker runs and reaches Redis.',
    },
    {
      alert: 'PinwatchDomainNotProbed',
      why: `One domain is left out while others are probed. This includes one that was never probed, once it has been
registered for as long as the look-back. \`for\` as above.`,
      expr: `${ofDomain(probe)}
  == ${ofDomain(probe, back)}
and on () (
${indented(`${ofService(newest)}\n  > ${ofService(newest, back)}`)}
)`,
      for: '5m',
      severity: 'warning',
      summary: 'A domain is not probed, although others are.',
      description:
        'Last probe of {{ $labels.domain }} for {{ $labels.account }}: {{ if gt $value 0.0 }}{{ $value | humanizeTimestamp }}{{ else }}never{{ end }}. Search the log for this domain; a failed probe job gives its reason.',
    },
    {
      alert: 'PinwatchRulesOutdated',
      why: '`for`: the configuration and the rules are seldom changed in the same minute.',
      expr: `max by (instance) (last_over_time(pinwatch_interval_seconds[5m])) != ${intervalMs / 1_000}`,
      for: '15m',
      severity: 'warning',
      summary: 'The alert rules are for another interval.',
      description:
        'pinwatch on {{ $labels.instance }} probes every {{ $value | humanizeDuration }}, so alerts may come too early or too late. Run `pinwatch rules --config FILE` with its configuration, and load what it prints.',
    },
  ];
}
