import { appsConnect } from '../../core/apps-connect.ts';
import type { CheckedEndpoint } from '../../core/check.ts';
import type { Transition } from '../../core/incident.ts';
import { partsOf } from '../../core/mismatch-parts.ts';
import { refusalOf } from '../../core/refusal.ts';
import { onlySomeMismatch } from '../../core/seen-from.ts';
import { mustRenew } from './change-words.ts';
import { endpointNames } from './endpoints.ts';
import { earliest, expiry, isOpen } from './headline.ts';
import { areVersions, causeOf } from './recovery-text.ts';
import { regionFirst } from './region-words.ts';
import { readable } from './time.ts';
import { trustWords } from './trust-words.ts';

/** What the person on call does first, on one line. The steps below have the commands. */
export function firstStep(transition: Transition, now: number): string {
  return `Do first: ${isOpen(transition) ? first(transition, now) : afterRecovery(transition)}`;
}

function first(transition: Transition, now: number): string {
  const { kind, check } = transition;
  switch (kind) {
    case 'pin_mismatch':
      return mismatch(transition, now);
    case 'untrusted': {
      const code = refusalOf(check);
      return code ? trustWords[code].first : lookAgain;
    }
    case 'unreachable':
      return "check whether the API is up; if it answers from elsewhere, pinwatch's own network is at fault.";
    case 'certificate_expiring': {
      const date = earliest(check);
      const by = date && !expiry(check, now).includes('ago') ? `before ${readable(date.notAfter)}` : 'now';
      return `renew the certificate ${by}, with the same key, and reload the server.`;
    }
    case 'pins_expiring':
      return 'nothing at night. Release a version of the app whose pins end later.';
    case 'no_backup_pin':
      return 'nothing now. In working hours, create a backup key and pin it in the apps.';
    case 'pin_mismatch_held':
      return 'nothing at night, if the configuration can be fetched: that is how these apps recover.';
    default:
      return kind satisfies never;
  }
}

const lookAgain = 'probe it again: the last probe was inconclusive.';

function mismatch({ check: { endpoints }, change }: Transition, now: number): string {
  const bad = endpoints.filter(({ verdict }) => verdict === 'mismatch');
  if (bad.length === 0) return lookAgain;
  const some = onlySomeMismatch(endpoints);
  if (some !== null) return regionFirst(some);
  const { whole, besides, mixed } = partsOf(endpoints);
  if (!endpoints.some(({ verdict }) => verdict === 'match') && mixed.length === 0) {
    if (mustRenew(change, now)) {
      return `renew the certificate of ${endpointNames(bad)} again, with the previous key. The previous certificate has expired.`;
    }
    return `put the previous certificate and key back on ${endpointNames(bad)}, or have your CDN or hosting do it.`;
  }
  if (whole.length > 0) {
    return `give ${endpointNames(whole)} the certificate of the others, or take it out of DNS until it has it.`;
  }
  if (mixed.length > 0) {
    return `find the servers behind ${endpointNames(mixed)} that present a different key, and give them the certificate of the others, or take them out of the load balancer.`;
  }
  return `replace the ${keyTypesOf(besides)} certificate, which is served alongside one that matches, or stop serving it until then.`;
}

function keyTypesOf(endpoints: readonly CheckedEndpoint[]): string {
  return [...new Set(endpoints.map(({ keyType }) => keyType))].join(' and ');
}

function afterRecovery(transition: Transition): string {
  const cause = causeOf(transition);
  switch (cause) {
    case 'pins':
      return transition.kind === 'no_backup_pin'
        ? 'nothing.'
        : 'make sure that every app has the new pins: apps without them still fail.';
    case 'pin_sets':
      if (areVersions(transition))
        return 'nothing. Apps that hold the former version recover when they fetch.';
      return transition.kind === 'pins_expiring'
        ? 'nothing.'
        : 'make sure that no installed app still has the former pins: such apps still fail.';
    case 'settings':
      return 'make sure that the settings match the apps.';
    case 'regions':
      return 'start a worker there again, to see whether apps can connect from there.';
    case 'gone':
      return 'nothing, unless the name resolves there again.';
    case 'removed':
      return 'make sure that no app uses it any more: nobody looks at it now.';
    case 'server':
      return appsConnect(transition.check) === 'yes'
        ? 'nothing.'
        : 'nothing for this; see the other problems of this domain.';
    default:
      return cause satisfies never;
  }
}
