/** What a mismatch means that only some regions see, and what to do about it. */
import type { CheckedEndpoint } from '../../core/check.ts';
import { isMismatch, onlySomeMismatch, type SeenFrom, seenFrom } from '../../core/seen-from.ts';
import { listed } from '../../core/set-names.ts';
import type { Step } from './document.ts';

/** For the subject: `, seen from eu-west only`; empty if there is one region, or all see it. */
export function onlySeenFrom(endpoints: readonly CheckedEndpoint[]): string {
  const some = onlySomeMismatch(endpoints);
  return some === null ? '' : `, seen from ${listed(some.bad, 'and')} only`;
}

/** Who is met by it; empty if there is one region. */
export function regionMeaning(endpoints: readonly CheckedEndpoint[]): string {
  const from = seenFrom(endpoints, isMismatch);
  if (from === null) return '';
  const blind = from.unknown.length === 0 ? '' : ` What ${listed(from.unknown, 'and')} sees is unknown.`;
  if (from.well.length > 0) {
    return ` It is seen from ${listed(from.bad, 'and')} only, and not from ${listed(from.well, 'and')}: somebody intercepts connections there, or servers that are reached only from there have another certificate, as in a half-finished roll-out.${blind}`;
  }
  if (from.bad.length < 2) return blind;
  return ` It is seen from every region that looks (${listed(from.bad, 'and')}): the key was changed on the servers, and not on the way to them.${blind}`;
}

export function regionFirst({ bad, well }: SeenFrom): string {
  return `find out which server answers in ${listed(bad, 'and')}, where the certificate differs from that seen from ${listed(well, 'and')}, and give it the same one.`;
}

export function regionStep({ bad, well }: SeenFrom): Step {
  const here = listed(bad, 'and');
  const there = listed(well, 'and');
  return {
    text: `Only ${here} ${bad.length === 1 ? 'sees' : 'see'} this; ${there} ${well.length === 1 ? 'does' : 'do'} not. Compare the certificate presented, below, with those that you have deployed anywhere:`,
    either: [
      {
        text: `It is yours: a roll-out has reached the servers for ${here} and no others, or has left them out. Give them the certificate of the others, or send ${here} to the others until they have it.`,
      },
      {
        text: `It is not yours: treat it as interception in ${here}, by a proxy, a provider or a hijacked route or name. Leave the servers as they are, find out from a machine there where the connection ends (its DNS answers, a traceroute, the issuer of the certificate), and warn those who use the API from there.`,
      },
    ],
  };
}
