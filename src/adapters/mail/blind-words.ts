/** What is said in a line about the incident `blind`, and what to do about it. */
import type { BlindTransition } from '../../core/blind-incident.ts';
import { plural } from '../../core/plural.ts';
import type { Tone } from './document.ts';
import { isOpen } from './headline.ts';
import { span } from './time.ts';

/** In a few words, for the subject: `40 domains out of sight`. */
export function blindEffect({ blind: { cause, lost, domains } }: BlindTransition): string {
  return cause === 'no_probes'
    ? `no probes of ${plural(domains, 'domain')}`
    : lost === 0
      ? 'nothing is seen'
      : `${plural(lost, 'domain')} out of sight`;
}

/** What is wrong, or was. */
export function blindSentence(notice: BlindTransition, account: string): string {
  const { blind } = notice;
  if (!isOpen(notice)) {
    const rest = blind.lost > 0 ? `; ${plural(blind.lost, 'domain')} still out of sight` : '';
    return `pinwatch sees domains of ${account} again${rest}`;
  }
  if (blind.cause === 'no_probes') return `pinwatch probes nothing: no sweep is finished`;
  return blind.scope === 'installation'
    ? 'pinwatch sees nothing: every domain of the installation went out of sight at once'
    : `pinwatch sees no domain of ${account}: all went out of sight at once`;
}

/** What the person on call does first, on one line. */
export function blindFirst({ blind: { scope, cause } }: BlindTransition): string {
  if (cause === 'no_probes') return 'check that a worker runs, and its log.';
  return scope === 'installation'
    ? "check pinwatch's own network and name resolution."
    : 'check what these domains share: the provider, the route to it, and their DNS.';
}

export function blindForWhom({ blind: { scope, cause } }: BlindTransition): string {
  const unknown = 'Whether apps can connect is unknown, and a key that changes now is not noticed.';
  if (cause === 'no_probes') return `Probes are due, and none is made. ${unknown}`;
  const where =
    scope === 'installation'
      ? 'Domains that have nothing in common do not fail at the same moment, so the cause is most likely on the side of pinwatch.'
      : 'Domains of other accounts are seen, so the network of pinwatch works in general. Either these domains share a provider that fails for apps, too, or pinwatch alone cannot reach it.';
  return `${where} ${unknown} Until something is seen again, no domain is reported as unreachable by its own. A mismatch is always reported.`;
}

/** For a closed incident. */
export function blindEnded({ since, at, blind }: BlindTransition): string {
  const lasted = `It lasted ${span(Date.parse(at) - Date.parse(since))}.`;
  return blind.lost > 0
    ? `${lasted} What is still out of sight is reported as unreachable, each domain at its next probe.`
    : `${lasted} What changed meanwhile is reported by the probes since.`;
}

export function blindTone({ transition, severity, blind }: BlindTransition): Tone {
  if (transition !== 'closed') return severity;
  return blind.lost > 0 ? 'info' : 'good';
}
