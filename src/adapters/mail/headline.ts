import { appsConnect } from '../../core/apps-connect.ts';
import { type Check, type CheckedEndpoint, isServed, type PresentedCertificate } from '../../core/check.ts';
import { type Group, grouped } from '../../core/grouped.ts';
import type { IncidentKind, Transition } from '../../core/incident.ts';
import type { Notice } from '../../core/notice.ts';
import type { FailureCode } from '../../core/observation.ts';
import { type RefusalFinding, refusalFindings, refusalOf } from '../../core/refusal.ts';
import { trustErrorText } from '../../core/trust-error.ts';
import type { Tone } from './document.ts';
import { endingPins } from './ending-pins.ts';
import { onlySeenFrom } from './region-words.ts';
import { failingApps, heldApps } from './set-words.ts';
import { span } from './time.ts';
import { trustWords } from './trust-words.ts';

/** What is wrong, in a few words: for the subject, the summary and the first line. */
export interface Headline {
  /** Without the domain's name: `apps cannot connect`. */
  readonly effect: string;
  /** With it: `apps cannot connect to api.example.com`. */
  readonly sentence: string;
  /** `pin mismatch`, `pin mismatch on 1 of 4 endpoints`. For a closed incident: what it was. */
  readonly cause: string;
}

/** The name of an incident in all its mails, so that clients can thread by it. */
export const kindNames: Readonly<Record<IncidentKind, string>> = {
  pin_mismatch: 'pin mismatch',
  untrusted: 'chain not trusted',
  unreachable: 'unreachable',
  certificate_expiring: 'certificate expiring',
  no_backup_pin: 'no backup pin',
  pins_expiring: 'pins expiring',
  pin_mismatch_held: 'old configuration mismatch',
};

export function headline(transition: Transition, now: number): Headline {
  const { kind, domain, check } = transition;
  const cause = isOpen(transition) ? causeOf(transition) : whatItWas(transition);
  switch (kind) {
    case 'pin_mismatch':
    case 'untrusted': {
      const named = kind === 'pin_mismatch' && isOpen(transition) ? failingApps(check) : null;
      const effect = `${named ?? (hitsSome(transition) ? 'some apps' : 'apps')} cannot connect`;
      return { effect, sentence: `${effect} to ${domain}`, cause };
    }
    case 'unreachable':
      return { effect: 'cannot be probed', sentence: `${domain} cannot be probed`, cause };
    case 'certificate_expiring': {
      const when = expiry(check, now);
      return { effect: `certificate ${when}`, sentence: `a certificate of ${domain} ${when}`, cause };
    }
    case 'pins_expiring': {
      const effect = endingPins(check);
      return { effect, sentence: `${domain}: ${effect}`, cause };
    }
    case 'pin_mismatch_held': {
      const effect = `${heldApps(check)} fail once`;
      return { effect, sentence: `${effect} at ${domain}`, cause };
    }
    case 'no_backup_pin':
      return { effect: 'no backup pin', sentence: `${domain} has no backup pin`, cause };
    default:
      return kind satisfies never;
  }
}

function causeOf(transition: Transition): string {
  const { kind, check, connections } = transition;
  if (kind === 'pin_mismatch') {
    const only = onlySeenFrom(check.endpoints);
    if (connections) return `pin mismatch on ${connections.bad} of ${connections.of} connections${only}`;
    const { judged, bad } = judgedForPins(check);
    return bad > 0 && bad < judged ? `pin mismatch on ${bad} of ${judged} endpoints${only}` : 'pin mismatch';
  }
  if (kind === 'untrusted') {
    const code = refusalOf(check);
    return code ? trustCause(code, check) : kindNames.untrusted;
  }
  if (kind === 'unreachable') return mainFailure(check)?.replaceAll('_', ' ') ?? kindNames.unreachable;
  return kindNames[kind];
}

/** A chain that is not trusted may have one of thirty reasons, and each has its own words. */
function trustCause(code: RefusalFinding, { endpoints }: Check): string {
  const first = endpoints.find(({ failure, trusted }) => failure === null && !trusted);
  const error = code === 'chain_untrusted' ? first?.trustError : null;
  return error ? trustErrorText(error) : trustWords[code].cause;
}

/** The check of a recovery no longer shows what was wrong; the findings reported before do. */
function whatItWas({ kind, was = [] }: Transition): string {
  if (kind === 'untrusted') {
    const causes = refusalFindings.filter((code) => was.includes(code)).map((code) => trustWords[code].cause);
    return causes.length > 0 ? causes.join(', ') : kindNames.untrusted;
  }
  const isPartial =
    kind === 'pin_mismatch' && was.includes('pin_mismatch_partial') && !was.includes('pin_mismatch');
  return isPartial ? 'pin mismatch on some endpoints' : kindNames[kind];
}

/** Some apps can connect: connections disagreed, or some endpoint, connection or platform of the last probe works. */
function hitsSome({ check, connections, missingIssuer = 'unnamed' }: Transition): boolean {
  if (connections !== undefined) return true;
  const connect = appsConnect(check, missingIssuer);
  return connect === 'some' || connect === 'yes';
}

function judgedForPins({ endpoints }: Check): { judged: number; bad: number } {
  const bad = endpoints.filter(({ verdict }) => verdict === 'mismatch').length;
  return { bad, judged: bad + endpoints.filter(({ verdict }) => verdict === 'match').length };
}

/** What contacts need to know about the domain's state, in one word: one closed incident says nothing of others. */
export function label({ transition, severity }: Pick<Notice, 'transition' | 'severity'>): string {
  return transition === 'closed' ? 'RESOLVED' : severity.toUpperCase();
}

export function tone({ transition, severity, recovery }: Transition): Tone {
  if (transition !== 'closed') return severity;
  return recovery === undefined || recovery.cause === 'server' ? 'good' : 'info';
}

export function isOpen({ transition }: Pick<Notice, 'transition'>): boolean {
  return transition !== 'closed';
}

/** How long a closed incident lasted. */
export function lasted({ since, at }: Pick<Notice, 'since' | 'at'>): string {
  return span(Date.parse(at) - Date.parse(since));
}

/** The presented certificate on a path that expires first. */
export function earliest(check: Check): PresentedCertificate | undefined {
  const served = check.endpoints.flatMap(({ presented, path }) =>
    presented.filter(({ pin }) => path.some((entry) => entry.pin === pin)),
  );
  return served.sort((a, b) => Date.parse(a.notAfter) - Date.parse(b.notAfter))[0];
}

/** `expires in 9 days`, as of the moment of sending. */
export function expiry(check: Check, now: number): string {
  const first = earliest(check);
  const left = first ? Date.parse(first.notAfter) - now : Number.NaN;
  if (Number.isNaN(left)) return 'expires soon';
  return left < 0 ? `expired ${span(-left)} ago` : `expires in ${days(left)}`;
}

/** The failure that most endpoints had; a key type that is not served counts only if there is no other failure. */
function mainFailure({ endpoints }: Check): FailureCode | undefined {
  const failed = endpoints.filter(({ failure }) => failure !== null);
  const isPlain = ([endpoint]: Group<CheckedEndpoint>) => Number(!isServed(endpoint));
  const alike = grouped(failed, ({ failure }) => `${failure?.code}`);
  const [most] = alike.sort((a, b) => isPlain(a) - isPlain(b) || b.length - a.length);
  return most?.[0].failure?.code;
}

function days(ms: number): string {
  const whole = Math.floor(ms / 86_400_000);
  return whole >= 2 ? `${whole} days` : span(ms);
}
