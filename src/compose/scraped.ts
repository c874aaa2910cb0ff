/** The part of the composition root that answers /metrics. */
import type { MetricsReader } from '../adapters/http/server.ts';
import { renderConfigs } from '../adapters/metrics/config-series.ts';
import { createDetail, type DetailSettings } from '../adapters/metrics/detail.ts';
import { createLastKnown } from '../adapters/metrics/last-known.ts';
import type { ProcessMetrics } from '../adapters/metrics/process-metrics.ts';
import { withDeadline } from '../adapters/time/deadline.ts';
import { readOverview } from '../flow/overview.ts';
import type { Engine } from './api-ports.ts';
import type { Publishing } from './publishing.ts';
import type { Store } from './store.ts';

export interface ScrapedParts {
  readonly store: Pick<Store, 'link' | 'reader' | 'regionStore'>;
  readonly metrics: ProcessMetrics;
  /** null in a worker, which shows only what it does itself. */
  readonly publishing: Publishing | null;
  readonly engine: () => Engine | null;
  readonly blind: () => number;
  readonly rules: DetailSettings;
}

export interface Scraped {
  readonly contentType: string;
  readonly parts: Iterable<string> | AsyncIterable<string>;
}

const clock = () => Date.now();

/** Prometheus gives up after 10 s by default; the last known state is better than no answer. */
const readMs = 5_000;

export function composeScraped(parts: ScrapedParts): (reader: MetricsReader) => Promise<Scraped> {
  const { store, metrics, publishing, engine, blind, rules } = parts;
  const { link, reader } = store;
  const regions = store.regionStore.read;
  const openConfigs = () => publishing?.openIncidents() ?? new Map();
  const whileThere = async <T>(read: (engine: Engine) => Promise<T>): Promise<T> => {
    const there = engine();
    if (there === null || link.trouble() !== null) throw new Error('redis is away');
    return withDeadline(read(there), readMs);
  };
  const state = {
    overview: () =>
      whileThere(({ queues: { nextSweepAt, counts } }) =>
        readOverview({ ...reader, nextSweepAt, queueCounts: counts, openConfigs, blind, regions }),
      ),
    statusesOf: (account: string) => whileThere(() => reader.statusesOf(account)),
  };
  const shared = createLastKnown(state, createDetail(rules, clock));
  return async (who) => {
    const { contentType } = metrics;
    const account = who === 'process' ? null : who.account;
    // The activity of a process and the number of domains concern all accounts.
    const own = account === null ? await metrics.render() : '';
    if (publishing === null || who === 'process' || engine() === null) return { contentType, parts: [own] };
    const shown = await (account === null ? shared.all() : shared.of(account));
    const configs = renderConfigs(publishing.statuses(account));
    return { contentType, parts: behind(own + configs, shown) };
  };
}

async function* behind(first: string, others: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* others;
}
