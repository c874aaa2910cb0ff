/** What an account's contacts are owed: a change of an incident, of a domain or of the signed configuration. */
import { type ConfigIncidentKind, type ConfigTransition, configIncidentKinds } from './config-incident.ts';
import { type IncidentKind, incidentKinds, type Transition } from './incident.ts';

export type Notice = Transition | ConfigTransition;

/** Of either. */
export type NoticeKind = IncidentKind | ConfigIncidentKind;
export const noticeKinds: readonly NoticeKind[] = [...incidentKinds, ...configIncidentKinds];

export function isOfConfig(notice: Notice): notice is ConfigTransition {
  return 'config' in notice;
}

export function isOfDomain(notice: Notice): notice is Transition {
  return !isOfConfig(notice);
}
