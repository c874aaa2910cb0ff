import type { Check } from '../../core/check.ts';
import type { FindingCode } from '../../core/finding.ts';
import type { IncidentKind, Transition } from '../../core/incident.ts';
import { domainPath } from '../../core/page-path.ts';
import { auditCommand, checkStep, series, serviceCommand } from './commands.ts';
import type { Step } from './document.ts';
import type { Installation } from './installation.ts';
import { byName } from './natural.ts';
import { checkWithSet } from './set-words.ts';

export function further(
  account: string,
  transition: Transition,
  { publicUrl, runbookUrl }: Installation,
): Step[] {
  const { kind, domain, check, recovery } = transition;
  const codes = check.findings.map(({ code }) => code);
  const headings = [...new Set<FindingCode | IncidentKind>(codes.length > 0 ? codes : [runbookOf(kind)])];
  const where = publicUrl ? `, with PINWATCH_URL=${publicUrl} and your token in PINWATCH_TOKEN` : '';
  const background: Step = runbookUrl
    ? { text: 'Background:', code: headings.map((heading) => `${runbookUrl}#${heading}`) }
    : { text: `Background: docs/runbook.md, under ${headings.join(', ')}.` };
  const page: Step[] = publicUrl
    ? [{ text: 'On the page of pinwatch:', code: [`${publicUrl}${domainPath(account, domain)}`] }]
    : [];
  // The service has nothing of it to show, to probe or to count.
  if (recovery?.cause === 'removed') {
    const audit: Step = { text: 'Who removed it, and its pins:', code: [auditCommand(account)] };
    return [...(recovery.by === null ? [] : [audit]), background];
  }
  return [
    ...page,
    checkStep('From any machine', account, transition, concerned(check)),
    ...(kind === 'pin_mismatch' ? checkWithSet(account, domain, check) : []),
    {
      text: `To have the service probe it now, ahead of its schedule${where}:`,
      code: [serviceCommand('probe', account, domain, '--wait 20s')],
    },
    { text: 'In Prometheus:', code: metricsOf(kind).map((metric) => series(metric, account, domain)) },
    background,
  ];
}

/** To check only the bad addresses, if there are any. */
function concerned({ endpoints }: Check): { readonly connect?: readonly string[] } {
  const bad = endpoints.filter(
    ({ verdict, failure, trusted }) => verdict === 'mismatch' || (!failure && !trusted),
  );
  const addresses = new Set(bad.flatMap(({ address }) => address ?? []));
  return addresses.size === 0 ? {} : { connect: [...addresses].sort(byName).slice(0, 4) };
}

/** The runbook's headings are finding codes. */
function runbookOf(kind: IncidentKind): FindingCode {
  return kind === 'untrusted' ? 'chain_untrusted' : kind;
}

function metricsOf(kind: IncidentKind): string[] {
  switch (kind) {
    case 'pin_mismatch':
      return ['pin_mismatch', 'endpoints_mismatched'];
    case 'untrusted':
      return ['chain_trusted', 'certificate_not_after_timestamp_seconds'];
    case 'unreachable':
      return ['probe_success', 'endpoints_failed'];
    case 'certificate_expiring':
      return ['certificate_not_after_timestamp_seconds'];
    case 'no_backup_pin':
      return ['pins', 'backup_pins'];
    case 'pins_expiring':
      return ['pin_sets', 'pin_sets_mismatched'];
    case 'pin_mismatch_held':
      return ['pin_sets', 'pin_sets_mismatched'];
    default:
      return kind satisfies never;
  }
}
