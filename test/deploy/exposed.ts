/** What a process answers to GET /metrics, from the code that answers it. */
import { text } from 'node:stream/consumers';
import { renderConfigs } from '../../src/adapters/metrics/config-series.ts';
import { createDetail } from '../../src/adapters/metrics/detail.ts';
import { renderOverview } from '../../src/adapters/metrics/exposition.ts';
import { createProcessMetrics } from '../../src/adapters/metrics/process-metrics.ts';
import { blankStatus, type DomainStatus } from '../../src/core/domain-status.ts';
import type { Overview } from '../../src/flow/overview.ts';

// Once: its timers and observers last as long as the process.
const own = createProcessMetrics('0.1.0', process.version, {
  redisUp: () => true,
  intervalSeconds: () => 900,
  clockSkewSeconds: () => 0,
});

/** One domain, api.example.com of acme, seen from two regions, and a service that does its work. */
export async function exposition(status: Partial<DomainStatus>): Promise<string> {
  const now = Date.now();
  const overview: Overview = {
    domains: [
      {
        account: 'acme',
        domain: 'api.example.com',
        status: {
          ...blankStatus,
          trusted: false,
          regions: { 'eu-west': 'match', 'us-east': 'match' },
          ...status,
        },
      },
    ],
    noticesPending: 0,
    sweepStartedAt: now,
    nextSweepAt: now + 900_000,
    queues: [{ queue: 'sweep', state: 'delayed', jobs: 1 }],
    regions: ['eu-west', 'us-east'].map((name) => ({ name, workers: 1, silentMs: 0 })),
  };
  const rules = { intervalMs: 900_000, expiringWithinMs: 0 };
  const view = createDetail({ shows: 'all', ...rules }, () => now);
  const configs = renderConfigs([
    {
      account: 'acme',
      version: 1,
      issuedAt: now / 1_000,
      expiresAt: now / 1_000,
      differs: false,
      served: true,
      unpinned: 0,
    },
  ]);
  return (
    (await own.render()) + configs + (await text(renderOverview(overview, await view(overview.domains))))
  );
}

/** Name → labels of every series that a process has to show, a histogram by each of its three names. */
export async function exposedMetrics(): Promise<Map<string, Set<string>>> {
  const metrics = new Map<string, Set<string>>();
  for (const line of (await exposition({})).split('\n')) {
    const type = line.match(/^# TYPE (\S+) (\S+)/);
    if (type?.[1] !== undefined) {
      const suffixes = type[2] === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
      for (const suffix of suffixes) metrics.set(type[1] + suffix, new Set());
    }
    const sample = line.match(/^(\w+)\{(.*)\}/);
    if (sample?.[1] === undefined || sample[2] === undefined) continue;
    for (const [, label] of sample[2].matchAll(/(\w+)="/g))
      if (label !== undefined) metrics.get(sample[1])?.add(label);
  }
  return metrics;
}

/** The names that a PromQL expression asks for, without those that the rules record (they have a colon). */
export function metricNames(expression: string): string[] {
  return [...expression.matchAll(/(?<![\w:])pinwatch_\w+(?![\w:])/g)].map(([name]) => name);
}
