import { Job, Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type { ProbeDesk, Ticket } from '../../flow/admin/probes.ts';
import type { DomainRef } from '../../flow/records.ts';
import { createFeed } from './feed.ts';
import { askedFor, isAskedForId, type ProbeJob, type ProbeResult } from './jobs.ts';

/**
 * How long an event is waited for before the jobs themselves are looked at: a second for one, nine for the 400 that the
 * CLI follows at a time, so that many who wait cost a Redis that is behind no more than events do.
 */
const lookAfterMs = (pending: number) => 1_000 + 20 * pending;

/** Where probes are asked for, and waited for. */
export function createProbeDesk(
  connection: Redis | Cluster,
  prefix: string,
  onError: (error: Error) => void,
): ProbeDesk & { close(): Promise<void> } {
  const queue = new Queue<ProbeJob, ProbeResult | null>('probe', { connection, prefix });
  const feed = createFeed(queue, connection, onError);
  queue.on('error', onError);

  async function ticket(account: string, id: string): Promise<Ticket | null> {
    if (!isAskedForId(id)) return null;
    const job = await Job.fromId<ProbeJob, ProbeResult | null>(queue, id);
    if (!job || job.data.account !== account) return null;
    const state = await job.getState();
    return {
      id,
      domain: job.data.domain,
      state:
        state === 'completed'
          ? 'done'
          : state === 'failed'
            ? 'failed'
            : state === 'active'
              ? 'running'
              : 'waiting',
      verdict: job.returnvalue?.verdict ?? null,
    };
  }

  return {
    ticket,

    async request(refs: readonly DomainRef[]) {
      if (refs.length === 0) return [];
      const jobs = await queue.addBulk(refs.map(askedFor));
      return refs.map((ref, index) => ({ ref, id: jobs[index]?.id ?? '' }));
    },

    async *follow(account, ids, signal) {
      const pending = new Set(ids);
      const ended: string[] = [];
      let wake = () => {};
      const onEnd = ({ jobId }: { jobId: string }) => {
        if (!pending.has(jobId)) return;
        ended.push(jobId);
        wake();
      };
      const onAbort = () => wake();
      const look = async () => {
        for (const id of pending) {
          const seen = await ticket(account, id);
          if (seen === null || seen.state === 'done' || seen.state === 'failed') ended.push(id);
        }
      };
      // Listening before looking: what ends in between is not missed.
      const { events, release } = await feed.follow();
      events.on('completed', onEnd).on('failed', onEnd);
      signal.addEventListener('abort', onAbort);
      try {
        await look();
        while (pending.size > 0 && !signal.aborted) {
          const id = ended.shift();
          if (id === undefined) {
            let timer: NodeJS.Timeout | undefined;
            const isEvent = await new Promise<boolean>((resolve) => {
              wake = () => resolve(true);
              timer = setTimeout(() => resolve(false), lookAfterMs(pending.size));
              if (ended.length > 0 || signal.aborted) wake();
            });
            clearTimeout(timer);
            // Events are a hint: one may be lost with its connection, or be trimmed away on a busy queue.
            if (!isEvent) await look();
          } else if (pending.delete(id)) {
            const seen = await ticket(account, id);
            if (seen !== null) yield seen;
          }
        }
      } finally {
        signal.removeEventListener('abort', onAbort);
        events.off('completed', onEnd).off('failed', onEnd);
        release();
      }
    },

    async close() {
      await queue.close();
      await feed.close();
    },
  };
}
