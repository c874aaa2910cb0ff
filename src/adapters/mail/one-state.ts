/**
 * A letter describes one state, so that no part of it contradicts another. Its transitions happened one after another,
 * each with the check of its time. Reported as they were, one part could say that apps connect, and another that they
 * do not.
 */
import { type Demand, getsThrough } from '../../core/apps-connect.ts';
import { isJudged } from '../../core/check.ts';
import { severities } from '../../core/finding.ts';
import { type IncidentKind, incidentKinds, type Transition } from '../../core/incident.ts';
import { isOpen } from './headline.ts';
import { byName } from './natural.ts';

export interface Told extends Transition {
  /** An incident of the same kind that closed earlier in this letter. */
  readonly earlier?: { readonly since: string; readonly at: string };
}

/**
 * The final state of each kind for each domain, the most severe first, the resolved last. Within a severity, incidents
 * that keep all apps out come before those that keep some out, because the first one words the subject.
 * An incident that opened and closed within one burst is reported once, as resolved; the JSON part has every step.
 */
export function standings(transitions: readonly Transition[]): Told[] {
  const latest = new Map<string, Told>();
  for (const transition of transitions) {
    const key = `${transition.domain} ${transition.kind}`;
    const before = latest.get(key);
    const isNew = before !== undefined && before.incident !== transition.incident && !isOpen(before);
    latest.set(key, {
      ...transition,
      ...(isNew ? { earlier: { since: before.since, at: before.at } } : {}),
      ...(before?.earlier && !isNew ? { earlier: before.earlier } : {}),
    });
  }
  const checks = lastChecks(transitions);
  return [...latest.values()].map((told) => ({ ...told, check: checks(told) })).sort(gravestFirst);
}

function gravestFirst(a: Told, b: Told): number {
  return (
    Number(isOpen(b)) - Number(isOpen(a)) ||
    severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
    Number(sparesSome(a)) - Number(sparesSome(b)) ||
    incidentKinds.indexOf(a.kind) - incidentKinds.indexOf(b.kind) ||
    byName(a.domain, b.domain)
  );
}

const demands: Readonly<Partial<Record<IncidentKind, Demand>>> = { pin_mismatch: 'pins', untrusted: 'trust' };

/** Whether this incident locks out some apps but not all, regardless of other incidents. */
function sparesSome({ kind, check, connections, missingIssuer = 'unnamed' }: Told): boolean {
  const demand = demands[kind];
  return connections !== undefined || (demand !== undefined && getsThrough(check, [demand], missingIssuer));
}

/**
 * The last check of each domain, whichever transition it came with. An open incident is shown by the last check that
 * could judge anything, because people look for what was presented; an unreachable domain is the exception.
 */
function lastChecks(transitions: readonly Transition[]): (told: Told) => Transition['check'] {
  const last = new Map<string, Transition['check']>();
  const conclusive = new Map<string, Transition['check']>();
  for (const { domain, check } of transitions) {
    last.set(domain, check);
    if (check.endpoints.some(isJudged)) conclusive.set(domain, check);
  }
  return (told) => {
    const newest = last.get(told.domain) ?? told.check;
    return isOpen(told) && told.kind !== 'unreachable' ? (conclusive.get(told.domain) ?? newest) : newest;
  };
}
