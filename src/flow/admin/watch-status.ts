/** What is wrong in the accounts that a caller may see, and whether the watch itself is well. */
import type { DomainStatus } from '../../core/domain-status.ts';
import { type TroubleRules, troubleOf } from '../../core/domain-trouble.ts';
import { troubleRank } from '../../core/harm.ts';
import type { DomainRef } from '../probe-store.ts';
import type { AdminStore } from './admin-store.ts';

export interface WatchStatusPorts {
  readonly adminStore: Pick<AdminStore, 'account' | 'accountNames'>;
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
}

export interface TroubledDomain extends DomainRef {
  readonly status: DomainStatus;
}

export interface WatchStatus {
  readonly sweepStartedAt: number;
  readonly nextSweepAt: number;
  /** The next sweep should have begun long ago: nothing is watched. */
  readonly isLate: boolean;
  /** Of all accounts; null for a caller who sees only one. */
  readonly noticesPending: number | null;
  readonly domains: number;
  /** The worst first, at most `mostShown`. */
  readonly troubled: readonly TroubledDomain[];
  readonly more: number;
}

const mostShown = 1_000;

/** `own`: the only account that the caller may see; null for all. */
export async function watchStatus(own: string | null, ports: WatchStatusPorts): Promise<WatchStatus> {
  const { adminStore, shared, troubleRules, clock } = ports;
  const accounts = own === null ? await adminStore.accountNames() : [own];
  const all: TroubledDomain[] = [];
  for (const account of accounts) all.push(...(await shared.statusesOf(account)));
  const [sweepStartedAt, nextSweepAt, noticesPending] = await Promise.all([
    shared.sweepStartedAt(),
    shared.nextSweepAt(),
    own === null ? shared.noticesPending() : null,
  ]);
  const now = clock();
  const newestProbeAt = all.reduce((newest, { status }) => Math.max(newest, status.lastProbeAt), 0);
  const troubled = all
    .filter(({ status }) => troubleOf(status, troubleRules, { now, newestProbeAt }) !== null)
    .sort((a, b) => troubleRank(a.status) - troubleRank(b.status));
  return {
    sweepStartedAt,
    nextSweepAt: nextSweepAt ?? 0,
    isLate: nextSweepAt === null || now - nextSweepAt > troubleRules.intervalMs,
    noticesPending,
    domains: all.length,
    troubled: troubled.slice(0, mostShown),
    more: Math.max(0, troubled.length - mostShown),
  };
}
