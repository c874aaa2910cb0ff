import type { Check, PresentedCertificate } from '../../core/check.ts';
import type { Transition } from '../../core/incident.ts';
import type { FailureCode } from '../../core/observation.ts';
import { type RefusalFinding, refusalOf } from '../../core/refusal.ts';
import type { Tone } from './document.ts';
import { span } from './time.ts';

/** What is wrong, in a few words: for the subject, the summary and the first line. */
export interface Headline {
  /** Without the domain's name: `apps cannot connect`. */
  readonly effect: string;
  /** With it: `apps cannot connect to api.example.com`. */
  readonly sentence: string;
  /** `pin mismatch`, `pin mismatch on 1 of 4 endpoints`. */
  readonly cause: string;
}

export function headline(transition: Transition, now: number): Headline {
  const { kind, domain, check } = transition;
  switch (kind) {
    case 'pin_mismatch': {
      const { judged, bad } = judgedForPins(check);
      const reach = hitsSome(transition) ? ` on ${bad} of ${judged} endpoints` : '';
      return connect(transition, `pin mismatch${reach}`);
    }
    case 'untrusted': {
      const code = refusalOf(check);
      return connect(transition, code ? trustCause(code) : 'chain not trusted');
    }
    case 'unreachable':
      return {
        effect: 'cannot be probed',
        sentence: `${domain} cannot be probed`,
        cause: (isOpen(transition) ? mainFailure(check)?.replaceAll('_', ' ') : undefined) ?? 'unreachable',
      };
    case 'certificate_expiring': {
      const first = earliest(check);
      const left = first ? Date.parse(first.notAfter) - now : Number.NaN;
      const when = Number.isNaN(left) ? 'soon' : left < 0 ? 'now' : `in ${days(left)}`;
      return {
        effect: `certificate expires ${when}`,
        sentence: `a certificate of ${domain} expires ${when}`,
        cause: 'certificate expiring',
      };
    }
    case 'no_backup_pin':
      return { effect: 'no backup pin', sentence: `${domain} has no backup pin`, cause: 'no backup pin' };
    default:
      return kind satisfies never;
  }
}

/** Some apps can connect, as far as this incident goes: it is on some endpoints only, or on some platforms. */
export function hitsSome({ kind, check }: Transition): boolean {
  if (kind === 'untrusted') return trustsSome(check);
  const { judged, bad } = judgedForPins(check);
  return kind === 'pin_mismatch' && bad > 0 && bad < judged;
}

function judgedForPins({ endpoints }: Check): { judged: number; bad: number } {
  const bad = endpoints.filter(({ verdict }) => verdict === 'mismatch').length;
  return { bad, judged: bad + endpoints.filter(({ verdict }) => verdict === 'match').length };
}

/** The same for an incident that has closed; `isWell`: nothing else keeps the apps out. */
export function recovery({ kind, domain }: Transition, isWell: boolean): string {
  switch (kind) {
    case 'pin_mismatch':
      return isWell ? `apps can connect to ${domain} again` : `the pins of ${domain} match again`;
    case 'untrusted':
      return isWell ? `apps can connect to ${domain} again` : `the chain of ${domain} is trusted again`;
    case 'unreachable':
      return isWell ? `${domain} answers again, and apps can connect` : `${domain} answers again`;
    case 'certificate_expiring':
      return `the certificate of ${domain} no longer expires soon`;
    case 'no_backup_pin':
      return `${domain} has a backup pin again`;
    default:
      return kind satisfies never;
  }
}

/** What the domain's people have to know of its state, in one word; closing one incident says nothing of the others. */
export function label({ transition, severity }: Transition): string {
  return transition === 'closed' ? 'RESOLVED' : severity.toUpperCase();
}

export function tone({ transition, severity }: Transition): Tone {
  return transition === 'closed' ? 'good' : severity;
}

export function isOpen({ transition }: Transition): boolean {
  return transition !== 'closed';
}

/** How long it lasted, or has lasted, at this transition. */
export function lasted({ since, at }: Transition): string {
  return span(Date.parse(at) - Date.parse(since));
}

/** A missing intermediate is fetched by some platforms, and each platform has rules of its own; other faults can be on some endpoints only. */
function trustsSome(check: Check): boolean {
  const judged = check.endpoints.filter((endpoint) => endpoint.failure === null);
  return refusalOf(check) === 'chain_incomplete' || judged.some((endpoint) => endpoint.trusted);
}

/** The presented certificate on a path that expires first. */
export function earliest(check: Check): PresentedCertificate | undefined {
  const served = check.endpoints.flatMap(({ presented, path }) =>
    presented.filter(({ pin }) => path.some((entry) => entry.pin === pin)),
  );
  return served.sort((a, b) => Date.parse(a.notAfter) - Date.parse(b.notAfter))[0];
}

function connect(transition: Transition, cause: string): Headline {
  const effect = `${hitsSome(transition) ? 'some apps' : 'apps'} cannot connect`;
  return { effect, sentence: `${effect} to ${transition.domain}`, cause };
}

function trustCause(code: RefusalFinding): string {
  switch (code) {
    case 'certificate_expired':
      return 'certificate expired';
    case 'certificate_not_yet_valid':
      return 'certificate not yet valid';
    case 'host_name_mismatch':
      return 'certificate for another host name';
    case 'chain_incomplete':
      return 'intermediate certificate not sent';
    case 'chain_untrusted':
      return 'chain not trusted';
    case 'platform_refused':
      return 'refused by a platform';
    default:
      return code satisfies never;
  }
}

/** The failure that most endpoints had; a key type that is not served explains nothing while there is another. */
function mainFailure({ endpoints }: Check): FailureCode | undefined {
  const counts = new Map<FailureCode, number>();
  for (const { failure } of endpoints)
    if (failure) counts.set(failure.code, (counts.get(failure.code) ?? 0) + 1);
  const isPlain = (code: FailureCode) => Number(code === 'key_type_not_served');
  return [...counts].sort(([a, n], [b, m]) => isPlain(a) - isPlain(b) || m - n)[0]?.[0];
}

function days(ms: number): string {
  const whole = Math.floor(ms / 86_400_000);
  return whole >= 2 ? `${whole} days` : span(ms);
}
