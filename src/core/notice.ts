/**
 * What an account's contacts are owed: a change of an incident (of a domain, of the signed configuration or of pinwatch
 * itself), or the digest.
 */
import type { BlindKind, BlindTransition } from './blind-incident.ts';
import { type ConfigIncidentKind, type ConfigTransition, configIncidentKinds } from './config-incident.ts';
import type { DigestNotice } from './digest.ts';
import { type IncidentKind, incidentKinds, type Transition } from './incident.ts';

export type Notice = Transition | AccountNotice;

/** About an account, and no domain of it. */
export type AccountNotice = ConfigTransition | BlindTransition | DigestNotice;

/** Of an incident. */
export type NoticeKind = IncidentKind | ConfigIncidentKind | BlindKind;
export const noticeKinds: readonly NoticeKind[] = [...incidentKinds, ...configIncidentKinds, 'blind'];

export function isOfConfig(notice: Notice): notice is ConfigTransition {
  return 'config' in notice;
}

export function isOfWatch(notice: Notice): notice is BlindTransition {
  return 'blind' in notice;
}

export function isDigest(notice: Notice): notice is DigestNotice {
  return 'digest' in notice;
}

export function isOfDomain(notice: Notice): notice is Transition {
  return 'check' in notice;
}

export function isOfAccount(notice: Notice): notice is AccountNotice {
  return !isOfDomain(notice);
}
