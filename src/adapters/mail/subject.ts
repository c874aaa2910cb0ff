import { visible } from '../../core/hostile-text.ts';
import type { Transition } from '../../core/incident.ts';
import type { Notice } from '../../core/notice.ts';
import { plural } from '../../core/plural.ts';
import { flappingMark } from './flapping-words.ts';
import { expiry, headline, isOpen, kindNames, label } from './headline.ts';
import { byName } from './natural.ts';
import { recoveredBriefly } from './recovery-text.ts';

/** RFC 5322 allows 998, people read the first 60. */
const subjectLimit = 150;

/**
 * `api.example.com: pin mismatch - CRITICAL: apps cannot connect [acme]`. The domain comes first, because a
 * phone shows little more. Up to the hyphen it is the same in all mails of an incident, for clients that thread by it.
 */
export function subject(
  account: string,
  sorted: readonly Transition[],
  now: number,
  /** Incidents that are about no domain. */
  others: readonly Notice[] = [],
): string {
  const [first] = sorted;
  if (!first) return '';
  const alike = sorted.filter((one) => isOpen(one) === isOpen(first) && one.kind === first.kind);
  const same = alike.filter((one) => one.severity === first.severity || !isOpen(one));
  const domains = [...new Set(same.map(({ domain }) => domain))].sort(byName);
  const more = domains.length > 1 ? ` and ${domains.length - 1} more` : '';
  const still = same.every(({ transition }) => transition === 'reminder') ? ' still' : '';
  const state = `${label(first)}${flappingMark(first)}${still}: ${what(first, domains.length, now)}${besides(sorted, same, others)}`;
  const end = ` [${visible(account, 40)}]`;
  const stable = (name: string) => `${name}${more}: ${kindNames[first.kind]} - `;
  const name = shorten(
    visible(domains[0] ?? ''),
    subjectLimit - stable('').length - state.length - end.length,
  );
  return visible(stable(name) + state + end, subjectLimit);
}

function what(first: Transition, domains: number, now: number): string {
  if (!isOpen(first)) return recoveredBriefly(first);
  const { effect, cause } = headline(first, now);
  switch (first.kind) {
    case 'certificate_expiring':
      return expiry(first.check, now);
    case 'pins_expiring':
    case 'pin_mismatch_held':
      return effect;
    case 'no_backup_pin':
      return 'every pin is in use';
    case 'pin_mismatch':
    case 'untrusted':
    case 'unreachable': {
      const name = kindNames[first.kind];
      const detail = cause.startsWith(name) ? cause.slice(name.length).replace(/^ on /, '') : cause;
      // One domain's endpoint counts say nothing about five hundred domains.
      const isShown = detail !== '' && (domains === 1 || first.kind !== 'pin_mismatch');
      return isShown ? `${effect} (${detail})` : effect;
    }
    default:
      return first.kind satisfies never;
  }
}

/** What else is in the letter, in numbers. */
function besides(
  sorted: readonly Transition[],
  told: readonly Transition[],
  others: readonly Notice[],
): string {
  const rest = [...sorted.filter((one) => !told.includes(one)), ...others];
  const open = rest.filter(isOpen).length;
  const resolved = rest.length - open;
  return [
    ...(open > 0 ? [`; ${plural(open, 'other incident')}`] : []),
    ...(resolved > 0 ? [`; ${resolved} ${told.some(isOpen) ? '' : 'more '}resolved`] : []),
  ].join('');
}

/** A host name may have 253 characters; its two ends say the most. */
function shorten(name: string, limit: number): string {
  if (name.length <= limit) return name;
  const half = Math.max(8, Math.floor((limit - 1) / 2));
  return `${name.slice(0, half)}…${name.slice(-half)}`;
}
