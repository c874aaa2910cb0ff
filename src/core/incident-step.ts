/** What one probe means for one kind of incident, before anything is told. advance.ts says what each step means. */
import { type Condition, conditionOf, type IncidentKind } from './condition.ts';
import type { Closed, Incident, IncidentState, JudgedProbe } from './incident.ts';
import type { NotifySettings } from './settings.ts';
import {
  conditionFrom,
  followTrails,
  relapsed,
  type Sighting,
  sightingKeptMs,
  type Trails,
} from './sighting.ts';
import type { SightedKind } from './tally.ts';

export interface Step {
  /** Of an open incident; if none is open, `present` opens one. */
  readonly condition: Condition;
  /** Milliseconds since the epoch: when the condition was first seen. */
  readonly since: number;
  readonly trails: Trails;
  readonly sighting?: Sighting | undefined;
  readonly pendingSince?: number | undefined;
}

export function stepSighted(
  kind: SightedKind,
  open: Incident | undefined,
  { sightings, closed }: IncidentState,
  { judgement, at, sweep, remembered = [] }: JudgedProbe,
): Step {
  const { tallies } = judgement;
  const seen = { tallies, at, sweep, remembered };
  if (open) {
    const trails = followTrails(open.trails, kind, seen);
    return { condition: conditionFrom(trails, kind, tallies, at), since: open.since, trails };
  }
  const stored = sightings[kind];
  const kept = stored !== undefined && at - stored.lastAt < sightingKeptMs ? stored : undefined;
  const trails = followTrails(kept?.trails ?? {}, kind, seen);
  const since = kept?.since ?? at;
  const looks = judgement.sightings[kind];
  if (looks === 0) return { condition: 'unknown', since, trails, sighting: kept && { ...kept, trails } };
  const isSeenTwice = kind === 'certificate_expiring' || looks > 1 || kept !== undefined;
  if (isSeenTwice) {
    const recent = kind === 'certificate_expiring' ? undefined : lastClosed(closed[kind], at);
    return { condition: 'present', since, trails: relapsed(trails, recent?.endpoints ?? []) };
  }
  return { condition: 'unknown', since, trails, sighting: { since, lastAt: at, trails } };
}

export function stepWhole(
  kind: Exclude<IncidentKind, SightedKind>,
  open: Incident | undefined,
  { pending }: IncidentState,
  { judgement, at }: JudgedProbe,
  { unreachableSweeps }: Pick<IncidentState, 'unreachableSweeps'>,
  rules: NotifySettings,
): Step {
  const condition = conditionOf(kind, judgement.check);
  if (open) return { condition, since: open.since, trails: {} };
  const since = pending[kind] ?? at;
  if (condition === 'absent') return { condition, since, trails: {} };
  const isPatienceUsedUp = {
    unreachable: unreachableSweeps >= rules.unreachableAfter,
    pins_expiring: true,
    pin_mismatch_held: pending[kind] !== undefined,
    no_backup_pin: at - since >= rules.backupPinEveryMs,
  }[kind];
  if (condition === 'present' && isPatienceUsedUp) return { condition, since, trails: {} };
  const isPending = condition === 'present' || pending[kind] !== undefined;
  return { condition: 'unknown', since, trails: {}, pendingSince: isPending ? since : undefined };
}

/** The last closed one, as long as it may not have been over. */
export function lastClosed(closed: Closed | undefined, at: number): Closed | undefined {
  return closed !== undefined && at - closed.closedAt < sightingKeptMs ? closed : undefined;
}

export function countSweeps(
  before: IncidentState,
  { judgement, sweep }: JudgedProbe,
): Pick<IncidentState, 'unreachableSweeps' | 'countedSweep'> {
  const condition = conditionOf('unreachable', judgement.check);
  if (condition === 'absent') return { unreachableSweeps: 0, countedSweep: sweep };
  if (condition === 'unknown' || sweep === null || sweep === before.countedSweep) {
    return { unreachableSweeps: before.unreachableSweeps, countedSweep: before.countedSweep };
  }
  return { unreachableSweeps: before.unreachableSweeps + 1, countedSweep: sweep };
}
