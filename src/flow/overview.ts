import type { ConfigIncidentKind } from '../core/config-incident.ts';
import type { DomainStatus } from '../core/domain-status.ts';
import { type KnownRegion, severalOf } from '../core/region.ts';
import type { DomainRef } from './probe-store.ts';

/** The shared state as the metrics show it: the same whichever process reads it. */
export interface Overview {
  readonly domains: readonly (DomainRef & { readonly status: DomainStatus })[];
  /** Notices that wait for a letter, or are in a letter still owed to someone; weekly ones only in a letter. */
  readonly noticesPending: number;
  /** Milliseconds since the epoch, 0 for never. */
  readonly sweepStartedAt: number;
  readonly nextSweepAt: number;
  readonly queues: readonly { readonly queue: string; readonly state: string; readonly jobs: number }[];
  /** Open incidents of signed configurations, by kind. Left out: none. */
  readonly openConfigs?: ReadonlyMap<ConfigIncidentKind, number>;
  /** Accounts of which pinwatch sees nothing. Left out: none. */
  readonly blind?: number;
  /** All known regions; left out: there is one. */
  readonly regions?: readonly KnownRegion[];
  /** Unreadable values of domains, and values of accounts that were set aside. */
  readonly unreadable?: number;
}

export interface OverviewPorts {
  readonly statuses: () => Promise<Overview['domains']>;
  readonly noticesPending: () => Promise<number>;
  readonly sweepStartedAt: () => Promise<number>;
  readonly nextSweepAt: () => Promise<number | null>;
  readonly queueCounts: () => Promise<Overview['queues']>;
  readonly setAside: () => Promise<number>;
  readonly openConfigs: () => ReadonlyMap<ConfigIncidentKind, number>;
  readonly blind?: () => number;
  readonly regions?: () => Promise<readonly KnownRegion[]>;
}

export async function readOverview(ports: OverviewPorts): Promise<Overview> {
  const [domains, noticesPending, sweepStartedAt, nextSweepAt, queues, setAside, regions] = await Promise.all(
    [
      ports.statuses(),
      ports.noticesPending(),
      ports.sweepStartedAt(),
      ports.nextSweepAt(),
      ports.queueCounts(),
      ports.setAside(),
      ports.regions?.() ?? [],
    ],
  );
  const unreadable = setAside + domains.filter(({ status }) => status.unreadable).length;
  return {
    domains,
    noticesPending,
    sweepStartedAt,
    nextSweepAt: nextSweepAt ?? 0,
    queues,
    unreadable,
    openConfigs: ports.openConfigs(),
    blind: ports.blind?.() ?? 0,
    regions: severalOf(regions),
  };
}
