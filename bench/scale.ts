/** Work that grows with the number of domains and runs in one go: planning a sweep, and a scrape. */
import { createQueues } from '../src/adapters/bullmq/queues.ts';
import { createDetail } from '../src/adapters/metrics/detail.ts';
import { renderOverview } from '../src/adapters/metrics/exposition.ts';
import { accountKeys, queuePrefix } from '../src/adapters/redis/keys.ts';
import { createOverviewReader } from '../src/adapters/redis/overview.ts';
import { createProvisioningStore } from '../src/adapters/redis/provisioning-store.ts';
import { statusText } from '../src/adapters/redis/status-text.ts';
import type { Domain, ProvisionedAccount } from '../src/core/domain.ts';
import { blankStatus, type DomainStatus } from '../src/core/domain-status.ts';
import { type Overview, readOverview } from '../src/flow/overview.ts';
import { sweep } from '../src/flow/sweep.ts';
import { startStore } from './store.ts';
import { measure, type Usage } from './usage.ts';

export interface ScaleRow extends Usage {
  readonly name: string;
  readonly title: string;
}

export interface ScaleResult {
  readonly domains: number;
  readonly accounts: number;
  readonly rows: readonly ScaleRow[];
  /** The size of one scrape's answer. */
  readonly metricsBytes: number;
}

const intervalMs = 15 * 60_000;

export async function measureScale(
  directory: string,
  count: number,
  accountCount: number,
): Promise<ScaleResult> {
  const store = await startStore(directory);
  try {
    const { redis } = store.link;
    const registry = createProvisioningStore(redis);
    const queues = createQueues(redis, queuePrefix, (error) => {
      throw error;
    });
    const reader = createOverviewReader(redis);
    const accounts = Array.from({ length: accountCount }, (_, index) => account(index, count / accountCount));
    const rows: ScaleRow[] = [];
    const row = async (name: string, title: string, work: () => Promise<unknown>) => {
      rows.push({ name, title, ...(await measure(store.pid, work)) });
    };
    const ports = {
      count: reader.count,
      domains: reader.domains,
      enqueue: queues.enqueue,
      enqueueFirst: queues.enqueueFirst,
      workers: async () => [],
      startedAt: reader.markSweep,
      clock: () => Date.now(),
      journal: () => {},
    };
    const plan = () => sweep(Date.now(), intervalMs, ports, new AbortController().signal);

    await row('provision', 'provision all as new', () => registry.provision(accounts));
    // The status after a probe: a domain that was never probed has shorter lines.
    const probed = statusText(statusAfterProbe());
    for (const { name, domains } of accounts) {
      for (let at = 0; at < domains.length; at += 1_000) {
        const some = domains.slice(at, at + 1_000);
        await redis.hset(accountKeys(name).statuses, ...some.flatMap(({ host }) => [host, probed]));
      }
    }
    await row('provision-again', 'provision again, unchanged', () => registry.provision(accounts));
    await row('fan-out', 'sweep: one job per domain', plan);
    await row('fan-out-again', 'sweep: all jobs still waiting', plan);
    let overview: Overview | undefined;
    await row('metrics-read', 'scrape: read the state', async () => {
      overview = await readOverview({
        ...reader,
        nextSweepAt: queues.nextSweepAt,
        queueCounts: queues.counts,
        openConfigs: () => new Map(),
      });
    });
    let metricsBytes = 0;
    const view = createDetail({ shows: 'all', intervalMs, expiringWithinMs: 0 }, () => Date.now());
    await row('metrics-render', 'scrape: render the text', async () => {
      if (overview === undefined) return;
      const shown = await view(overview.domains);
      for await (const part of renderOverview(overview, shown)) metricsBytes += part.length;
    });
    await queues.close();
    return { domains: count, accounts: accountCount, rows, metricsBytes };
  } finally {
    await store.close();
  }
}

function account(index: number, domains: number): ProvisionedAccount {
  const name = `account-${index}`;
  return {
    name,
    contacts: [`devops@${name}.example`],
    domains: Array.from({ length: domains }, (_, number): Domain => {
      const host = `api-${number}.${name}.example`;
      return { host, port: 443, pins: [pin('A'), pin('B')], provisionedBy: 'pinwatch.yaml' };
    }),
  };
}

function pin(letter: string): `sha256/${string}` {
  return `sha256/${letter.repeat(43)}=`;
}

export function statusAfterProbe(): DomainStatus {
  const now = Date.now();
  return {
    ...blankStatus,
    ...{ verdict: 'match', trusted: true, endpoints: 2, pins: 2, backupPins: 1 },
    ...{ lastProbeAt: now, lastConclusiveAt: now, earliestNotAfter: now + 60 * 86_400_000 },
  };
}
