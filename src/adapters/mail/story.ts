import type { Check } from '../../core/check.ts';
import type { FindingCode } from '../../core/finding.ts';
import type { IncidentKind, Transition } from '../../core/incident.ts';
import { refusalOf } from '../../core/refusal.ts';
import { advice } from './advice.ts';
import { checkStep, series, serviceCommand } from './commands.ts';
import type { Block, Fact, Step } from './document.ts';
import { endpointCount, endpointNames, pinnedBlocks, presentedBlocks } from './endpoints.ts';
import { headline, isOpen, label, lasted, recovery, tone } from './headline.ts';
import { readable } from './time.ts';

/** One transition in full, in the order of the contract: what and for whom, since when, seen against pinned, what to do, how to look further. */
export function story(account: string, transition: Transition, now: number): Block[] {
  const { check, kind } = transition;
  return [
    { kind: 'title', tone: tone(transition), label: label(transition), text: firstLine(transition, now) },
    {
      kind: 'paragraph',
      text: isOpen(transition) ? forWhom(account, transition) : whatItWas(transition, now),
    },
    ...findingBullets(transition),
    { kind: 'facts', rows: facts(account, transition) },
    { kind: 'heading', text: 'What is presented' },
    ...presentedBlocks(check, now, kind === 'certificate_expiring' && isOpen(transition)),
    { kind: 'heading', text: 'What is pinned' },
    ...pinnedBlocks(check),
    { kind: 'heading', text: 'What to do' },
    ...(isOpen(transition) ? steps(advice(account, transition)) : [paragraph(afterwards(check))]),
    { kind: 'heading', text: 'How to look further' },
    ...steps(further(account, transition)),
  ];
}

function firstLine(transition: Transition, now: number): string {
  const { sentence } = headline(transition, now);
  switch (transition.transition) {
    case 'opened':
      return sentence;
    case 'changed':
      return `${sentence} (the facts have changed)`;
    case 'reminder':
      return `${sentence} (reminder: open for ${lasted(transition)})`;
    case 'closed':
      return recovery(transition, canConnect(transition.check));
    default:
      return transition.transition satisfies never;
  }
}

function forWhom(account: string, { kind, domain, check }: Transition): string {
  switch (kind) {
    case 'pin_mismatch':
      return mismatchForWhom(account, domain, check);
    case 'untrusted':
      return untrustedForWhom(domain, check);
    case 'unreachable':
      return `No endpoint of ${domain} could be judged. Whether the pins match is unknown; most likely apps cannot connect either.`;
    case 'certificate_expiring':
      return `Apps still connect. From the moment of expiry every app and browser refuses ${domain}.`;
    case 'no_backup_pin':
      return `Apps connect. But every pin of ${domain} is in use now: when the key must change, after a loss or a leak, every app of account ${account} is locked out until it is updated.`;
    default:
      return kind satisfies never;
  }
}

function mismatchForWhom(account: string, domain: string, { endpoints, verdict }: Check): string {
  const bad = endpoints.filter((endpoint) => endpoint.verdict === 'mismatch');
  const good = endpoints.filter((endpoint) => endpoint.verdict === 'match');
  if (verdict !== 'mismatch') {
    return 'The last probe could not tell whether this still holds: the endpoints concerned could not be judged.';
  }
  if (good.length === 0) {
    return `Every app of account ${account} that pins ${domain} is refused: no pinned key is on the validated path of any endpoint.`;
  }
  return `Apps of account ${account} fail when they reach ${endpointNames(bad)}. They connect through the other ${endpointCount(good.length)}, so some users see nothing and retries may help others.`;
}

function untrustedForWhom(domain: string, check: Check): string {
  const code = refusalOf(check);
  if (code === 'platform_refused') {
    return `A platform refuses ${domain}, or negotiates nothing with it, before any pin is looked at: the finding says which and why. The chain is trusted, so browsers and apps on other platforms may connect.`;
  }
  const bad = check.endpoints.filter(({ failure, trusted }) => failure === null && !trusted);
  const good = check.endpoints.filter(({ failure, trusted }) => failure === null && trusted);
  if (code === undefined || bad.length === 0) {
    return 'The last probe could not tell whether this still holds: the endpoints concerned could not be judged.';
  }
  if (code === 'chain_incomplete') {
    return `Android apps cannot connect to ${domain}. Apple's platforms fetch the missing certificate by themselves and do connect, so it may look well on an iPhone.`;
  }
  const where = good.length === 0 ? domain : `${domain} at ${endpointNames(bad)}`;
  return `Every app and browser that validates certificates refuses ${where}, before any pin is looked at.`;
}

function whatItWas(transition: Transition, now: number): string {
  const { since, at, check } = transition;
  const was = `It was: ${headline(transition, now).cause}. It lasted ${lasted(transition)}, from ${readable(since)} to ${readable(at)}.`;
  return canConnect(check) ? was : `${was} Other problems of this domain are still there, see below.`;
}

function afterwards(check: Check): string {
  const unseen = check.pins.filter(({ seen }) => !seen).length;
  if (!canConnect(check))
    return 'This incident needs nothing more. The findings above have incidents of their own.';
  return unseen === 0 && check.pins.length > 0
    ? 'Nothing now. But no backup pin is left: the next change of key would break every app again.'
    : 'Nothing. No further mail comes for this incident.';
}

function canConnect({ verdict, findings }: Check): boolean {
  return (
    (verdict === 'match' || verdict === 'unpinned') &&
    !findings.some((finding) => finding.severity === 'critical')
  );
}

/** The findings in the words of the judgement, which name the certificates and endpoints. */
function findingBullets({ check }: Transition): Block[] {
  const items = check.findings.map(({ code, severity, message }) => `${severity}: ${code}: ${message}`);
  return items.length > 0 ? [{ kind: 'bullets', items }] : [];
}

function facts(account: string, transition: Transition): Fact[] {
  const { since, at, domain, incident } = transition;
  const sinceRow: Fact = ['since', `${readable(since)} (${lasted(transition)} before this report)`];
  return [
    isOpen(transition) ? sinceRow : ['since', readable(since)],
    [isOpen(transition) ? 'reported' : 'ended', readable(at)],
    ['domain', domain],
    ['account', account],
    ['incident', incident],
  ];
}

function further(account: string, transition: Transition): Step[] {
  const { kind, domain, check } = transition;
  const codes = check.findings.map(({ code }) => code);
  const headings = [...new Set<FindingCode | IncidentKind>(codes.length > 0 ? codes : [runbookOf(kind)])];
  return [
    checkStep('From any machine, without the service', transition, concerned(check)),
    {
      text: 'To have the service look now, ahead of its schedule:',
      code: [serviceCommand('probe', account, domain, '--wait 20s')],
    },
    { text: 'In Prometheus:', code: metricsOf(kind).map((metric) => series(metric, account, domain)) },
    { text: `Background: docs/runbook.md, under ${headings.join(', ')}.` },
  ];
}

/** The addresses to look at, by name resolution or not: those that are bad, else those that were probed. */
function concerned({ endpoints }: Check): string[] {
  const bad = endpoints.filter(
    ({ verdict, failure, trusted }) => verdict === 'mismatch' || (!failure && !trusted),
  );
  const addresses = (bad.length > 0 ? bad : endpoints).flatMap(({ address }) => address ?? []);
  return [...new Set(addresses)].slice(0, 4);
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
    default:
      return kind satisfies never;
  }
}

function steps(items: readonly Step[]): Block[] {
  return [{ kind: 'steps', items }];
}

function paragraph(text: string): Block {
  return { kind: 'paragraph', text };
}
