import type { Overview } from '../../flow/overview.ts';
import type { Detail } from './detail.ts';
import { renderDomains, renderOverview } from './exposition.ts';

export interface LastKnownPorts {
  /** Both reject if the store can't be read in time. */
  readonly overview: () => Promise<Overview>;
  readonly statusesOf: (account: string) => Promise<Overview['domains']>;
}

/**
 * The shared state as text for Prometheus. While the store can't be read, the last known state is kept: vanishing
 * series would resolve alerts that still apply.
 */
export interface LastKnown {
  /** Resolves once the state has been read; the text is rendered as it is consumed. */
  all(): Promise<AsyncIterable<string>>;
  of(account: string): Promise<AsyncIterable<string>>;
}

export function createLastKnown({ overview, statusesOf }: LastKnownPorts, detail: Detail): LastKnown {
  let known: Overview | null = null;
  const knownOf = new Map<string, Overview['domains']>();
  return {
    async all() {
      known = await overview().catch(() => known);
      return known === null ? nothing() : renderOverview(known, await detail(known.domains));
    },
    // Not filtered from all accounts: the time it takes must not reveal how many others there are.
    async of(account) {
      const fresh = await statusesOf(account).catch(() => null);
      if (fresh !== null) knownOf.set(account, fresh);
      const domains = knownOf.get(account);
      return domains === undefined ? nothing() : renderDomains(await detail(domains));
    },
  };
}

async function* nothing(): AsyncGenerator<string> {}
