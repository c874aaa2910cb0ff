import { blindTransition, openBlinds } from '../core/blind-incident.ts';
import { rfc3339 } from '../core/clock.ts';
import type { Domain } from '../core/domain.ts';
import { explainedStanding } from '../core/explain.ts';
import { incidentKinds } from '../core/incident.ts';
import { isMuted } from '../core/mute.ts';
import type { Notice } from '../core/notice.ts';
import type { AdminStore } from './admin/admin-store.ts';
import { ownProbing } from './check-domain.ts';
import type { DomainRef } from './probe-store.ts';
import type { ConfigWatchStore } from './publish/config-watch-store.ts';
import type { SightStore } from './sight-store.ts';
import { Unreadable } from './unreadable.ts';

export interface StandingPorts {
  readonly adminStore: Pick<AdminStore, 'openDomains' | 'domain' | 'record'>;
  readonly watchStore: Pick<ConfigWatchStore, 'load'>;
  readonly sightStore: Pick<SightStore, 'load'>;
  readonly clock: () => number;
}

/** What is open in an account and has been reported, as reminders. `withMuted`: also of domains that are muted now. */
export async function* standingNotices(
  account: string,
  { adminStore, watchStore, sightStore, clock }: StandingPorts,
  { withMuted }: { readonly withMuted: boolean },
): AsyncGenerator<Notice> {
  const at = clock();
  for await (const names of adminStore.openDomains(account)) {
    for (const name of names) {
      const ref = { account, domain: name };
      const domain = await readable(ref, adminStore);
      if (domain === null || (!withMuted && isMuted(domain, at))) continue;
      const record = await adminStore.record(ref);
      const check = record?.lastCheck ?? null;
      if (record === null || check === null) continue;
      for (const kind of incidentKinds) {
        const incident = record.incidents[kind];
        if (incident === undefined || incident.toldAt === 0) continue;
        const { id, severity, since } = incident;
        yield {
          ...{ incident: id, kind, transition: 'reminder', severity, domain: name },
          ...{ since: rfc3339(since), at: rfc3339(at), check, ...ownProbing(domain) },
          ...explainedStanding(kind, record, check, domain),
        };
      }
    }
  }
  yield* standingConfigs(account, watchStore, at);
  yield* standingBlind(account, sightStore, at);
}

async function* standingConfigs(
  account: string,
  watchStore: StandingPorts['watchStore'],
  at: number,
): AsyncGenerator<Notice> {
  const { incidents, report: config } = (await watchStore.load(account)).record;
  if (config === null) return;
  for (const { id, kind, severity, since } of Object.values(incidents)) {
    yield {
      ...{ incident: id, kind, transition: 'reminder', severity, config },
      ...{ since: rfc3339(since), at: rfc3339(at) },
    };
  }
}

async function* standingBlind(
  account: string,
  sightStore: StandingPorts['sightStore'],
  at: number,
): AsyncGenerator<Notice> {
  for (const { incident, report } of openBlinds((await sightStore.load(account)).record)) {
    if (report !== null) yield blindTransition(incident, 'reminder', report, at);
  }
}

/** null: none exists, or it can't be read, which has been reported. */
async function readable(ref: DomainRef, adminStore: Pick<AdminStore, 'domain'>): Promise<Domain | null> {
  try {
    return (await adminStore.domain(ref))?.value ?? null;
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}
