/** What is said in a line about the incident `blind`, and what to do about it. */
import type { BlindTransition } from '../../core/blind-incident.ts';
import { plural } from '../../core/plural.ts';
import { listed } from '../../core/set-names.ts';
import type { Tone } from './document.ts';
import { isOpen } from './headline.ts';
import { span } from './time.ts';

/** In a few words, for the subject: `40 domains out of sight`. */
export function blindEffect({ blind: { cause, lost, domains } }: BlindTransition): string {
  if (cause === 'region_away') return 'no worker answers there';
  if (cause === 'region_sees_nothing') return 'nothing is seen from there';
  return cause === 'no_probes'
    ? `no probes of ${plural(domains, 'domain')}`
    : lost === 0
      ? 'nothing is seen'
      : `${plural(lost, 'domain')} out of sight`;
}

/** The subject up to its hyphen, the same in all mails of an incident. */
export function blindTopic({ blind: { region } }: BlindTransition): string {
  return region === undefined ? 'pinwatch is blind' : `pinwatch is blind in ${region}`;
}

function regionSentence(notice: BlindTransition): string {
  const { region, forgotten, cause } = notice.blind;
  if (isOpen(notice)) {
    const why = cause === 'region_away' ? 'no worker there answers' : 'no domain can be judged from there';
    return `pinwatch is blind in ${region}: ${why}`;
  }
  if (forgotten === true) return `pinwatch has forgotten ${region}`;
  return `pinwatch ${cause === 'region_away' ? 'looks' : 'sees domains'} from ${region} again`;
}

/** What is wrong, or was. */
export function blindSentence(notice: BlindTransition, account: string): string {
  const { blind } = notice;
  if (blind.region !== undefined) return regionSentence(notice);
  if (!isOpen(notice)) return `pinwatch ${ends(notice)} ${account} again`;
  if (blind.cause === 'no_probes') return `pinwatch probes nothing: no sweep is finished`;
  return blind.scope === 'installation'
    ? 'pinwatch sees nothing: every domain of the installation went out of sight at once'
    : `pinwatch sees no domain of ${account}: all went out of sight at once`;
}

/** What the person on call does first, on one line. */
export function blindFirst({ blind: { scope, cause, region } }: BlindTransition): string {
  if (cause === 'region_away') return `check the workers in ${region}, and their way to Redis.`;
  if (cause === 'region_sees_nothing')
    return `check the network and the name resolution of the workers in ${region}.`;
  if (cause === 'no_probes') return 'check that a worker runs, and its log.';
  return scope === 'installation'
    ? "check pinwatch's own network and name resolution."
    : 'check what these domains share: the provider, the route to it, and their DNS.';
}

export function blindForWhom({ blind }: BlindTransition): string {
  const { scope, cause, region, others = [] } = blind;
  if (region !== undefined) {
    return `What apps in ${region} meet is unknown, and a mismatch that only they see is not noticed. What was seen from there before stays as it was: nothing is closed. Workers in ${listed(others, 'and')} look as before.`;
  }
  const unknown = 'Whether apps can connect is unknown, and a key that changes now is not noticed.';
  if (cause === 'no_probes') return `Probes are due, and none is made. ${unknown}`;
  const where =
    scope === 'installation'
      ? 'Domains that have nothing in common do not fail at the same moment, so the cause is most likely on the side of pinwatch.'
      : 'Domains of other accounts are seen, so the network of pinwatch works in general. Either these domains share a provider that fails for apps, too, or pinwatch alone cannot reach it.';
  return `${where} ${unknown} Until something is seen again, no domain is reported as unreachable on its own. A mismatch is always reported.`;
}

function ends({ blind: { seen, cause } }: BlindTransition): string {
  if (cause === 'no_probes') return 'probes domains of';
  return seen > 0 ? 'sees domains of' : 'sees other accounts, and has probed';
}

/** For a closed incident. Most domains are yet to be probed when the first is seen. */
export function blindEnded({ since, at, blind }: BlindTransition): string {
  const lasted = `It lasted ${span(Date.parse(at) - Date.parse(since))}.`;
  if (blind.forgotten === true) {
    return `${lasted} No worker has been in ${blind.region} for a day, so it is forgotten, and no domain is seen from there any more. What was open because of what was seen from there is closed, and each mail about it says so. A worker that is started there brings it back.`;
  }
  const rest =
    'Within one interval, every domain is probed again: what has changed meanwhile is reported then';
  return blind.lost > 0 ? `${lasted} ${rest}, and so is what is still unreachable.` : `${lasted} ${rest}.`;
}

export function blindTone({ transition, severity, blind }: BlindTransition): Tone {
  if (transition !== 'closed') return severity;
  if (blind.region !== undefined) return blind.forgotten === true ? 'info' : 'good';
  return blind.seen > 0 || blind.cause === 'no_probes' ? 'good' : 'info';
}
