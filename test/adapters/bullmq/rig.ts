/** Queues and workers as in the service, on a separate Redis, with handlers that the test can block. */
import { EventEmitter } from 'node:events';
import { createProbeDesk } from '../../../src/adapters/bullmq/desk.ts';
import type { ProbeJob } from '../../../src/adapters/bullmq/jobs.ts';
import { createQueues, type Queues } from '../../../src/adapters/bullmq/queues.ts';
import {
  createWorkers,
  type Handlers,
  type JobTrouble,
  type Workers,
} from '../../../src/adapters/bullmq/workers.ts';
import { queuePrefix } from '../../../src/adapters/redis/keys.ts';
import type { ProbeDesk } from '../../../src/flow/admin/probes.ts';
import type { Batch } from '../../../src/flow/batches.ts';
import { linkTo } from '../redis/link.ts';

export interface Rig {
  readonly queues: Queues;
  readonly desk: ProbeDesk;
  readonly workers: Workers;
  readonly troubles: readonly JobTrouble[];
  /** What ran, in order: `ready api.example.com`, `probe api.example.com`, `sweep`, `notices acme`. */
  readonly ran: readonly string[];
  readonly slots: readonly number[];
  /** Resolves when `count` jobs have run in all. */
  runs(count: number): Promise<void>;
  close(graceMs?: number): Promise<void>;
}

export async function createRig(
  url: string,
  handlers: Partial<Handlers> = {},
  concurrency = 50,
  start = true,
  asCluster = false,
): Promise<Rig> {
  const link = await linkTo(url, undefined, asCluster);
  const troubles: JobTrouble[] = [];
  const ran: string[] = [];
  const slots: number[] = [];
  const changes = new EventEmitter().setMaxListeners(0);
  const note = (what: string) => {
    ran.push(what);
    changes.emit('run');
  };
  const onError = (error: Error) => {
    troubles.push({ queue: 'probe', problem: 'error', job: null, reason: error.message });
  };
  const queues = createQueues(link.redis, queuePrefix, onError);
  const desk = createProbeDesk(link.redis, queuePrefix, onError);
  const all: Handlers = {
    async sweep(slot, signal) {
      await handlers.sweep?.(slot, signal);
      slots.push(slot);
      note('sweep');
    },
    async batch(run, lane, signals) {
      const left = await handlers.batch?.(run, lane, signals);
      for (const { domain } of run.domains) {
        if (!left?.some((one) => one.domain === domain)) note(`${lane} ${domain}`);
      }
      return left ?? [];
    },
    async first(job: ProbeJob, signal) {
      await handlers.first?.(job, signal);
      note(`first ${job.domain}`);
    },
    async probe(job: ProbeJob, signal) {
      await handlers.probe?.(job, signal);
      note(`probe ${job.domain}`);
    },
    async notices(job, signal) {
      await handlers.notices?.(job, signal);
      note(`notices ${job.account}`);
    },
  };
  const workers = createWorkers(link.redis, queuePrefix, concurrency, all, (trouble) =>
    troubles.push(trouble),
  );
  if (start) workers.start();
  return {
    queues,
    desk,
    workers,
    troubles,
    ran,
    slots,
    runs: (count) =>
      new Promise((resolve) => {
        const check = () => {
          if (ran.length < count) return;
          changes.off('run', check);
          resolve();
        };
        changes.on('run', check);
        check();
      }),
    async close(graceMs = 0) {
      await workers.close(graceMs);
      await queues.close();
      await desk.close();
      await link.close();
    },
  };
}

/** A batch of these domains of one account. */
export const batchOf = (hosts: readonly string[], more: Partial<Batch> = {}): Batch => ({
  name: 'ready 0 0',
  sweep: '1',
  lane: 'ready',
  worker: null,
  delayMs: 0,
  domains: hosts.map((domain) => ({ account: 'acme', domain, afterMs: 0 })),
  ...more,
});

/** A promise and its key. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}
