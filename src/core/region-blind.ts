/**
 * When pinwatch is blind in one of several regions, because no worker there is heard from, none answers, or nothing can
 * be judged from there. It is an incident of the kind `blind`, one for each region.
 *
 * - **opened.** Two intervals, or 5 minutes if those are longer, after the region counts as away. A restart or a move of its
 *   workers passes within that, and people should not believe for longer that the region is watched. Not if no other region has
 *   workers either: then nothing is probed, which is told as such.
 * - **reminder.** `remindEvery` has passed.
 * - **closed.** A worker there is heard from again, and answers; or none was for a day, and the region is forgotten.
 *
 * It says nothing of the domains: what was seen from there stays as it was, and closes nothing.
 */
import {
  type BlindCause,
  type BlindIncident,
  type BlindRecord,
  type BlindReport,
  type BlindTransition,
  blindTransition,
  type OpenBlind,
} from './blind-incident.ts';
import { followIncident } from './follow-incident.ts';
import { fnv1a } from './hash.ts';
import { awayPatienceMs, type KnownRegion } from './region.ts';
import type { WatchedRegion } from './region-answers.ts';
import type { NotifySettings } from './settings.ts';
import type { Sight } from './sight.ts';

export interface RegionsLook {
  readonly account: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly intervalMs: number;
  /** All that are known. */
  readonly regions: readonly WatchedRegion[];
  readonly own: Pick<Sight, 'domains' | 'seen'>;
}

/** The regions whose absence is to be told. */
export function regionsAway(regions: readonly KnownRegion[], intervalMs: number): readonly KnownRegion[] {
  if (!regions.some(({ workers }) => workers > 0)) return [];
  const patienceMs = awayPatienceMs(intervalMs);
  return regions.filter(({ workers, silentMs }) => workers === 0 && silentMs >= patienceMs);
}

export function advanceRegions(
  before: BlindRecord,
  look: RegionsLook,
  { remindEveryMs }: Pick<NotifySettings, 'remindEveryMs'>,
): { readonly record: BlindRecord; readonly transitions: readonly BlindTransition[] } {
  const { account, at, intervalMs, regions, own } = look;
  // A region may have the name of something that every object has.
  const open = new Map(Object.entries(before.regions ?? {}));
  const away = own.domains === 0 ? [] : regionsAway(regions, intervalMs);
  const names = new Set([...open.keys(), ...away.map(({ name }) => name)]);
  const after = new Map<string, OpenBlind>();
  const transitions: BlindTransition[] = [];
  for (const name of [...names].sort()) {
    const known = regions.find((region) => region.name === name);
    const isForgotten = known === undefined;
    const was = open.get(name);
    const cause = was?.report?.cause ?? (known?.seesNothing ? 'region_sees_nothing' : 'region_away');
    const report = reportOf(name, cause, isForgotten, look);
    if (was === undefined) {
      const incident = opened(account, name, at - (known?.silentMs ?? 0), at);
      after.set(name, { incident, report });
      transitions.push(blindTransition(incident, 'opened', report, at));
      continue;
    }
    const answers = known !== undefined && known.workers > 0 && known.isUncertain !== true;
    const isThere = isForgotten || answers || own.domains === 0;
    const following = { fresh: [], mostTold: 0, at, muted: false, remindEveryMs };
    const { incident, transition } = followIncident(was.incident, isThere ? 'absent' : 'present', following);
    if (incident !== null) after.set(name, transition === null ? was : { incident, report });
    if (transition !== null) transitions.push(blindTransition(was.incident, transition, report, at));
  }
  if (transitions.length === 0) return { record: before, transitions };
  const { regions: _before, ...rest } = before;
  const record = after.size === 0 ? rest : { ...rest, regions: Object.fromEntries(after) };
  return { record, transitions };
}

function reportOf(
  region: string,
  cause: BlindCause,
  isForgotten: boolean,
  { regions, own }: RegionsLook,
): BlindReport {
  const others = regions.filter(({ name, workers }) => name !== region && workers > 0);
  return {
    ...{ scope: 'installation', cause, region },
    others: others.map(({ name }) => name),
    ...(isForgotten ? { forgotten: true } : {}),
    ...{ domains: own.domains, seen: own.seen, lost: 0, examples: [], failures: [] },
  };
}

function opened(account: string, region: string, since: number, at: number): BlindIncident {
  return {
    id: `${since.toString(36)}-${fnv1a(`${account} blind ${region}`).toString(36)}`,
    ...{ kind: 'blind', severity: 'warning', since, toldAt: at, told: [] },
  };
}
