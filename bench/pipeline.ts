/** The whole service in this process, from the queue to the record, driven a sweep at a time. */
import { domainToASCII } from 'node:url';
import { createQueues } from '../src/adapters/bullmq/queues.ts';
import { queuePrefix } from '../src/adapters/redis/keys.ts';
import { createOverviewReader } from '../src/adapters/redis/overview.ts';
import { pause } from '../src/adapters/time/timer.ts';
import { composeLog, composeService } from '../src/compose/service.ts';
import type { Config } from '../src/config/config.ts';
import { parseConfig } from '../src/config/parse.ts';
import type { Domain } from '../src/core/domain.ts';
import type { ProvisionedImport } from '../src/core/imported-set.ts';
import { sweep } from '../src/flow/sweep.ts';
import type { BenchStore } from './store.ts';

export interface Pipeline {
  /** Probes every domain once: plans the jobs as a sweep does, and resolves when the last is recorded. */
  round(): Promise<void>;
  /** Rejects unless the last round has probed every domain and found it good. */
  verify(): Promise<void>;
  close(): Promise<void>;
}

/** A round's jobs come due within this time: they wait and are promoted as in production, but then all at once. */
const spreadMs = 200;
/** Polling costs CPU too, and counts towards the pipeline: on a busy machine, where a round takes long, it must not add up. */
const askEveryMs = 500;

/** The settings of an empty file, to measure what people run. */
export function defaultConfig(): Config {
  const nothing = { ok: false, problem: 'the benchmark reads no files' } as const;
  const read = parseConfig(
    { accounts: {} },
    {
      file: 'pinwatch.yaml',
      workingDirectory: process.cwd(),
      environment: {},
      readFile: () => nothing,
      readAnchors: () => nothing,
      toAscii: domainToASCII,
    },
  );
  if (!read.ok) throw new Error(`the default settings are refused: ${JSON.stringify(read.problems)}`);
  return read.config;
}

/** Starts the service and resolves when it has probed every domain for the first time. */
export async function startPipeline(
  store: BenchStore,
  domains: readonly Domain[],
  pinSets: readonly ProvisionedImport[] = [],
): Promise<Pipeline> {
  const defaults = defaultConfig();
  const config: Config = {
    ...defaults,
    // Far off: this benchmark starts the rounds itself.
    intervalMs: 7 * 86_400_000,
    redis: { url: store.url, cluster: false, sentinel: null, tls: null },
    http: { ...defaults.http, port: 0, openMetrics: true },
    network: { allow: ['127.0.0.0/8'] },
    accounts: [{ name: 'bench', contacts: ['bench@example.com'], domains, pinSets }],
  };
  const log = composeLog(config.log.level, false);
  const queues = createQueues(store.link.redis, queuePrefix, (error) => {
    throw error;
  });
  const reader = createOverviewReader(store.link.redis);
  const signal = new AbortController().signal;
  let roundStartedAt = 0;
  const read = async () => ({ ok: true, file: 'bench', config, warnings: [] }) as const;
  const service = await composeService({ config, read, role: 'run', log, path: '' });
  await service.working;
  await drained();

  async function drained(): Promise<void> {
    const probing = queues.shown().filter(({ name }) => ['batch', 'slow', 'first', 'probe'].includes(name));
    for (;;) {
      const counts = await Promise.all(
        probing.map((queue) => queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'failed')),
      );
      if (counts.every((of) => Object.values(of).every((jobs) => jobs === 0))) return;
      await pause(askEveryMs, signal);
    }
  }

  return {
    async round() {
      const startedAt = Date.now();
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
      roundStartedAt = startedAt;
      await sweep(startedAt, spreadMs, ports, signal);
      await drained();
    },
    async verify() {
      const good = (await reader.statuses()).filter(({ status }) => {
        const { trusted, open, lastProbeAt, lastConclusiveAt } = status;
        const isNew = lastProbeAt >= roundStartedAt && lastConclusiveAt === lastProbeAt;
        return isNew && trusted === true && !open.includes('pin_mismatch');
      });
      if (good.length !== domains.length) {
        throw new Error(`only ${good.length} of ${domains.length} domains were probed and found good`);
      }
    },
    async close() {
      await service.close(0);
      await queues.close();
    },
  };
}
