/**
 * Whether a probe has seen exactly what the last one saw, of a domain with nothing open, pending or suspected. Then its
 * check, record and incidents differ only in time, and need not be computed again.
 */
import type { AppliedSet } from './applied-set.ts';
import type { Certificate } from './certificate.ts';
import { endOf } from './certificate-rules.ts';
import type { Incident, IncidentKind } from './incident.ts';
import type { Failed, Observation, Seen } from './observation.ts';
import type { DomainRecord } from './record.ts';
import type { NotifySettings } from './settings.ts';

/**
 * After this long, a domain is judged again in any case. Each worker does so for itself, and comes to a domain the less often
 * the more workers there are: if it were a day, each of sixteen would judge every seventh of its probes.
 */
const longestMs = 30 * 24 * 3_600_000;

/**
 * Until when another probe that sees the same changes nothing in this record, in milliseconds since the epoch; 0 if it
 * may change something at once. `observations`: everything that the probe at `now` has seen, in one look.
 */
export function settledUntil(
  record: DomainRecord,
  observations: readonly Observation[],
  { expiringWithinMs, backupPinEveryMs, remindEveryMs }: SettlingRules,
  now: number,
  pinSets: readonly AppliedSet[] = [],
): number {
  if (!isQuiet(record) || !observations.every(isPlain)) return 0;
  const ends = observations
    .flatMap(certificatesOf)
    .flatMap((certificate) => [
      certificate.notBefore,
      endOf(certificate),
      certificate.notAfter - expiringWithinMs,
    ]);
  const { no_backup_pin: missing, pins_expiring: ending, pin_mismatch_held: held } = record.incidents;
  const told = missing === undefined ? record.pending.no_backup_pin : missing.toldAt;
  const moments = [
    ...ends,
    ...pinSets.flatMap(({ rules }) =>
      rules.flatMap(({ until }) => (until === undefined ? [] : [until - expiringWithinMs, until])),
    ),
    ...(told === undefined ? [] : [told + backupPinEveryMs]),
    ...(held === undefined ? [] : [held.toldAt + backupPinEveryMs]),
    ...(ending === undefined ? [] : [ending.toldAt + remindEveryMs]),
  ];
  return Math.min(now + longestMs, ...moments.filter((moment) => moment > now));
}

type SettlingRules = Pick<NotifySettings, 'expiringWithinMs' | 'backupPinEveryMs' | 'remindEveryMs'>;

/** Kinds that are a matter of days or weeks, and depend on the time alone while the same is seen. */
const slowKinds: readonly string[] = [
  'no_backup_pin',
  'pins_expiring',
  'pin_mismatch_held',
] satisfies readonly IncidentKind[];

/** Nothing depends on the next probes, except what is slow. */
function isQuiet(record: DomainRecord): boolean {
  const { incidents, pending, sightings, closed, openings, unreachableSweeps, badAddresses } = record;
  const isOnly = (kinds: object) =>
    Object.entries(kinds).every(([kind, value]) => slowKinds.includes(kind) || value === undefined);
  const isTold = (incident: Incident | undefined) => incident === undefined || incident.toldAt > 0;
  return (
    record.lastProbeAt > 0 &&
    record.lastConclusiveAt === record.lastProbeAt &&
    unreachableSweeps === 0 &&
    isOnly(incidents) &&
    isOnly(pending) &&
    // They are forgotten after an hour.
    openings === undefined &&
    // The next probe tells it.
    pending.pin_mismatch_held === undefined &&
    isTold(incidents.no_backup_pin) &&
    isTold(incidents.pins_expiring) &&
    isTold(incidents.pin_mismatch_held) &&
    Object.values(sightings).every((sighting) => sighting === undefined) &&
    Object.values(closed).every((one) => one === undefined) &&
    Object.keys(badAddresses).length === 0
  );
}

/** A chain from a complete handshake, a key type that the server says it lacks, or a region from which nobody looks. */
function isPlain(observation: Observation): boolean {
  return isSeen(observation) ? observation.broken === null : isSettledFailure(observation);
}

function isSeen(observation: Observation): observation is Seen {
  return observation.failure === null;
}

function isSettledFailure({ failure, evidence }: Failed): boolean {
  return failure.code === 'region_away' || (failure.code === 'key_type_not_served' && evidence === 'alert');
}

function certificatesOf(observation: Observation): Certificate[] {
  if (!isSeen(observation)) return [];
  const { presented, path } = observation;
  return [...presented, ...path.certificates.map(({ certificate }) => certificate), ...path.alsoReached];
}

/**
 * Whether two looks saw the same: for every endpoint the same decoded chain, by identity, and the same negotiated
 * parameters. A chain that was decoded again is not the same, even if equal: then it is judged again.
 */
export function isSameLook(before: readonly Observation[], after: readonly Observation[]): boolean {
  return (
    before.length === after.length &&
    before.every((one, index) => {
      const other = after[index];
      return other !== undefined && isSame(one, other);
    })
  );
}

function isSame(one: Observation, other: Observation): boolean {
  if (one.address !== other.address || one.region !== other.region) return false;
  if (one.keyType !== other.keyType || one.unlisted !== other.unlisted) return false;
  if (isSeen(one) && isSeen(other)) {
    return (
      one.presented === other.presented &&
      one.path === other.path &&
      one.hostMatches === other.hostMatches &&
      one.protocol === other.protocol &&
      one.negotiated.suite === other.negotiated.suite &&
      one.negotiated.group === other.negotiated.group &&
      one.negotiated.sha1 === other.negotiated.sha1 &&
      one.broken === null &&
      other.broken === null
    );
  }
  if (isSeen(one) || isSeen(other)) return false;
  return isSettledFailure(one) && isSettledFailure(other) && one.failure.message === other.failure.message;
}

/** The record as if its last probe had been at `at`, with the same result. */
export function seenAgain(record: DomainRecord, at: number): DomainRecord {
  if (at <= record.lastProbeAt) return record;
  // What was well at the last probe still is.
  const wellAt = Object.entries(record.wellAt ?? {}).map(([kind, when]) => [
    kind,
    when === record.lastProbeAt ? at : when,
  ]);
  return { ...record, wellAt: Object.fromEntries(wellAt), lastProbeAt: at, lastConclusiveAt: at };
}

/** Whether a probe at `next.lastProbeAt` left the record unchanged, so that only the time need be stored. */
export function isSeenAgain(before: DomainRecord, next: DomainRecord): boolean {
  const { lastProbeAt, lastConclusiveAt } = next;
  const areConclusive = before.lastProbeAt > 0 && before.lastConclusiveAt === before.lastProbeAt;
  if (!areConclusive || lastConclusiveAt !== lastProbeAt) return false;
  return comparable(seenAgain(before, lastProbeAt)) === comparable(next);
}

/** Leaves out what no later probe needs: endpoints' durations, and the counted sweep while the domain is reachable. */
function comparable({ countedSweep, lastCheck, ...rest }: DomainRecord): string {
  const sweep = rest.unreachableSweeps === 0 ? null : countedSweep;
  const check = lastCheck && {
    ...lastCheck,
    endpoints: lastCheck.endpoints.map(({ durationMs: _, ...endpoint }) => endpoint),
  };
  return JSON.stringify([rest, sweep, check]);
}
