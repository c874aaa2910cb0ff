/** What is wrong with a domain now. */
import { ofDomain, unlessMuted } from './promql.ts';
import type { Rule } from './rule.ts';

const partial = 'account_domain:pinwatch_pin_mismatch_partial:endpoints';
const mismatched = ofDomain('pinwatch_endpoints_mismatched');
const endpoints = ofDomain('pinwatch_endpoints');
const failed = ofDomain('pinwatch_endpoints_failed');
const mismatch = ofDomain('pinwatch_pin_mismatch');

export const pinRules: readonly Rule[] = [
  {
    record: partial,
    why: 'Some judged endpoints mismatch and some match. No value otherwise.',
    expr: `${mismatched} > 0
and
${mismatched}
  < (
    ${endpoints}
    - ${failed}
  )`,
  },
  {
    alert: 'PinwatchPinMismatch',
    why: `The two alerts on pins have no \`for\`: pinwatch confirmed the mismatch on fresh connections before it exported it.
Anything that is not clearly partial is reported as the worse case.`,
    expr: `${mismatch} == 1
unless ${partial}
${unlessMuted}`,
    for: '0m',
    severity: 'critical',
    summary: 'No endpoint presents a pinned key.',
    description:
      "Apps of {{ $labels.account }} can't connect to {{ $labels.domain }}. Put the old key back, or ship the new pin: run `pinwatch check {{ $labels.domain }}` to see both.",
  },
  {
    alert: 'PinwatchPinMismatchPartial',
    why: '',
    expr: `${mismatch} == 1
and ${partial}
${unlessMuted}`,
    for: '0m',
    severity: 'critical',
    summary: 'Some endpoints present no pinned key.',
    description:
      "Some users of {{ $labels.account }} can't connect to {{ $labels.domain }}. Run `pinwatch check {{ $labels.domain }}` to see which addresses or key types differ, and give them the same chain as the others.",
  },
  {
    alert: 'PinwatchChainUntrusted',
    why: `min: of two replicas, the one that says "broken" counts. The series is absent until a probe has judged the domain.
No \`for\`: it was confirmed before it was exported, as above.`,
    expr: `min by (account, domain) (last_over_time(pinwatch_chain_trusted[5m])) == 0
${unlessMuted}`,
    for: '0m',
    severity: 'critical',
    summary: "Clients don't trust the chain.",
    description:
      'Apps of {{ $labels.account }} refuse {{ $labels.domain }} before they check a pin. Run `pinwatch check {{ $labels.domain }}`; its finding says whether the chain is expired, incomplete, or for another name.',
  },
  {
    alert: 'PinwatchNoBackupPin',
    why: `\`for\`: pins are edited in steps, and none of this is urgent. Judged only once a path was seen: before that, either
every pin counts as a backup or none does.`,
    expr: `${ofDomain('pinwatch_backup_pins')} == 0
and
${ofDomain('pinwatch_pins')} > 0
and
${ofDomain('pinwatch_last_conclusive_probe_timestamp_seconds')} > 0
${unlessMuted}`,
    for: '1h',
    severity: 'info',
    summary: 'A domain has no backup pin.',
    description:
      'If the key of {{ $labels.domain }} must change, every app of {{ $labels.account }} breaks until it is updated. Pin a spare key that is kept offline, and ship the pin.',
  },
];
