/** What is wrong in the accounts that a caller may see, and whether the watch itself is well. */
import type { ConfigIncidentKind } from '../../core/config-incident.ts';
import type { DomainStatus } from '../../core/domain-status.ts';
import { type Reason, reasonsOf, type TroubleRules } from '../../core/domain-trouble.ts';
import { type Harm, harmOf, troubleRank } from '../../core/harm.ts';
import { isMuted } from '../../core/mute.ts';
import { type KnownRegion, severalOf } from '../../core/region.ts';
import type { DomainRef } from '../probe-store.ts';
import type { ConfigWatchStore } from '../publish/config-watch-store.ts';
import type { SightStore } from '../sight-store.ts';
import type { AdminStore } from './admin-store.ts';
import { openConfigIncidents } from './incidents.ts';

export interface WatchStatusPorts {
  readonly adminStore: Pick<AdminStore, 'account' | 'accountNames'>;
  readonly watchStore: ConfigWatchStore;
  readonly sightStore: SightStore;
  readonly shared: SharedState;
  readonly troubleRules: TroubleRules;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Times are milliseconds since the epoch; 0 or null for never. */
export interface SharedState {
  statusesOf(account: string): Promise<readonly (DomainRef & { readonly status: DomainStatus })[]>;
  noticesPending(): Promise<number>;
  sweepStartedAt(): Promise<number>;
  nextSweepAt(): Promise<number | null>;
  /** How many processes take probes; null: Redis does not say. */
  workers(): Promise<number | null>;
  /** All known regions, sorted by name. */
  regions(): Promise<readonly KnownRegion[]>;
  /** Open incidents of the signed configurations of all accounts, by kind. */
  openConfigs(): ReadonlyMap<ConfigIncidentKind, number>;
  /** Accounts of which nothing is seen. */
  blind(): number;
}

interface WatchedDomain extends DomainRef {
  readonly status: DomainStatus;
}

export interface TroubledDomain extends WatchedDomain {
  /** What is wrong besides its incidents. */
  readonly reasons: readonly Reason[];
}

/** The domains of an account in numbers. */
export interface AccountSummary {
  readonly account: string;
  readonly domains: number;
  /** Domains by what their state means for apps, without those that are muted. */
  readonly harms: { readonly [harm in Harm]: number };
  /** Domains with an open incident, also if they are muted. */
  readonly open: number;
  readonly muted: number;
  /** The earliest end of a certificate on the paths last judged; 0: unknown. */
  readonly earliestNotAfter: number;
}

export interface WatchStatus {
  readonly sweepStartedAt: number;
  readonly nextSweepAt: number;
  /** The next sweep should have begun long ago: nothing is watched. */
  readonly isLate: boolean;
  /** Of all accounts; null for a caller who sees only one. */
  readonly noticesPending: number | null;
  /** Processes that take probes; null for a caller who sees only one account, or if Redis does not say. */
  readonly workers: number | null;
  /** null for a caller who sees only one account; empty if there is only one region. */
  readonly regions: readonly KnownRegion[] | null;
  readonly domains: number;
  /** Open incidents of signed configurations, by kind. */
  readonly openConfigs: ReadonlyMap<ConfigIncidentKind, number>;
  /** Accounts of which nothing is seen. */
  readonly blind: number;
  /** Sorted by name. */
  readonly accounts: readonly AccountSummary[];
  /** The worst first, at most `mostShown`. */
  readonly troubled: readonly TroubledDomain[];
  readonly more: number;
}

const mostShown = 1_000;

/** `own`: the only account that the caller may see; null for all. */
export async function watchStatus(own: string | null, ports: WatchStatusPorts): Promise<WatchStatus> {
  const { adminStore, shared, troubleRules, clock } = ports;
  const accounts = own === null ? await adminStore.accountNames() : [own];
  const all: WatchedDomain[] = [];
  const summaries: AccountSummary[] = [];
  for (const account of accounts) {
    const statuses = await shared.statusesOf(account);
    for (const status of statuses) all.push(status);
    summaries.push(summaryOf(account, statuses, clock()));
  }
  const [sweepStartedAt, nextSweepAt, noticesPending, workers, regions] = await Promise.all([
    shared.sweepStartedAt(),
    shared.nextSweepAt(),
    own === null ? shared.noticesPending() : null,
    own === null ? shared.workers() : null,
    own === null ? shared.regions() : null,
  ]);
  const now = clock();
  const newestProbeAt = all.reduce((newest, { status }) => Math.max(newest, status.lastProbeAt), 0);
  const troubled = all
    .map((one) => ({ ...one, reasons: reasonsOf(one.status, troubleRules, { now, newestProbeAt }) }))
    .filter(({ status, reasons }) => status.open.length > 0 || reasons.length > 0)
    .sort((a, b) => troubleRank(a.status) - troubleRank(b.status));
  return {
    sweepStartedAt,
    nextSweepAt: nextSweepAt ?? 0,
    isLate: nextSweepAt === null || now - nextSweepAt > troubleRules.intervalMs,
    noticesPending,
    workers,
    regions: regions && severalOf(regions),
    domains: all.length,
    openConfigs: own === null ? withoutZeros(shared.openConfigs()) : await openConfigsOf(own, ports),
    blind:
      own === null ? shared.blind() : Number((await ports.sightStore.load(own)).record.incident !== null),
    accounts: summaries,
    troubled: troubled.slice(0, mostShown),
    more: Math.max(0, troubled.length - mostShown),
  };
}

function withoutZeros<K>(counts: ReadonlyMap<K, number>): ReadonlyMap<K, number> {
  return new Map([...counts].filter(([, count]) => count > 0));
}

async function openConfigsOf(
  account: string,
  ports: WatchStatusPorts,
): Promise<ReadonlyMap<ConfigIncidentKind, number>> {
  const { incidents } = await openConfigIncidents(account, ports);
  // One of each kind.
  return new Map(incidents.map(({ kind }) => [kind, 1]));
}

function summaryOf(account: string, domains: readonly WatchedDomain[], now: number): AccountSummary {
  const harms = { fail: 0, unknown: 0, none: 0 };
  let open = 0;
  let muted = 0;
  let earliestNotAfter = 0;
  for (const { status } of domains) {
    if (isMuted(status, now)) muted += 1;
    else harms[harmOf(status)] += 1;
    if (status.open.length > 0) open += 1;
    const { earliestNotAfter: end } = status;
    if (end > 0 && (earliestNotAfter === 0 || end < earliestNotAfter)) earliestNotAfter = end;
  }
  return { account, domains: domains.length, harms, open, muted, earliestNotAfter };
}
