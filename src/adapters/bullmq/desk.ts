import { Job, Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type { ProbeDesk, Ticket } from '../../flow/admin/probes.ts';
import type { DomainRef } from '../../flow/probe-store.ts';
import { createFeed } from './feed.ts';
import { askedFor, isAskedForId, type ProbeJob } from './jobs.ts';

/**
 * How long to wait for an event before checking the jobs themselves: a second for one job, nine for the 400 that the
 * CLI follows at a time, so that many waiting callers cost a slow Redis no more than events do.
 */
const lookAfterMs = (followed: number) => Math.min(1_000 + 20 * followed, 300_000);

/** Counts followed probes by account: the more an account follows, the more rarely each is checked. */
function createFollowed() {
  const counts = new Map<string, number>();
  return {
    add(account: string, count: number): number {
      const next = (counts.get(account) ?? 0) + count;
      if (next <= 0) counts.delete(account);
      else counts.set(account, next);
      return next;
    },
    of: (account: string) => counts.get(account) ?? 0,
  };
}

/** Ids checked in one command. */
const lookSize = 200;

/** KEYS: jobs. 0: it waits or runs, 1: it has ended, 2: there is none. */
const finishedScript = `
local states = {}
for index, key in ipairs(KEYS) do
  local state = 2
  if redis.call('TYPE', key)['ok'] == 'hash' then
    local known = redis.call('HMGET', key, 'timestamp', 'finishedOn')
    if known[1] then state = known[2] and 1 or 0 end
  end
  states[index] = state
end
return states
`;

/** Jobs added at a time, a quarter of a millisecond each: other work runs in between, here and in Redis. */
const requestSize = 50;

/** Where probes are requested and awaited. */
export function createProbeDesk(
  connection: Redis | Cluster,
  prefix: string,
  onError: (error: Error) => void,
): ProbeDesk & { close(): Promise<void> } {
  const queue = new Queue<ProbeJob>('probe', { connection, prefix });
  const followed = createFollowed();
  const feed = createFeed(queue, connection, onError);
  queue.on('error', onError);

  /** Their states, without their contents: thousands of ids cost little more than one. */
  async function finished(ids: readonly string[]): Promise<('running' | 'ended' | 'unknown')[]> {
    const keys = ids.map((id) => queue.toKey(isAskedForId(id) ? id : 'p'));
    const found = (await connection.eval(finishedScript, keys.length, ...keys)) as number[];
    return found.map((state) => (state === 0 ? 'running' : state === 1 ? 'ended' : 'unknown'));
  }

  async function ticket(account: string, id: string): Promise<Ticket | null> {
    if (!isAskedForId(id)) return null;
    const job = await Job.fromId<ProbeJob>(queue, id);
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
    };
  }

  return {
    ticket,

    async request(refs: readonly DomainRef[]) {
      if (refs.length === 0) return [];
      const requested: { readonly ref: DomainRef; readonly id: string }[] = [];
      for (let start = 0; start < refs.length; start += requestSize) {
        const batch = refs.slice(start, start + requestSize);
        const jobs = await queue.addBulk(batch.map(askedFor));
        requested.push(...batch.map((ref, index) => ({ ref, id: jobs[index]?.id ?? '' })));
      }
      return requested;
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
        const open = [...pending];
        for (let start = 0; start < open.length && !signal.aborted; start += lookSize) {
          const batch = open.slice(start, start + lookSize);
          const states = await finished(batch);
          for (const [index, id] of batch.entries()) {
            if (states[index] === 'ended') ended.push(id);
            // Unknown, or finished over an hour ago: there is nothing to report.
            else if (states[index] === 'unknown') pending.delete(id);
          }
        }
      };
      // Listen before checking, so that a job that ends in between is not missed.
      const { events, release } = await feed.follow();
      followed.add(account, ids.length);
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
              timer = setTimeout(() => resolve(false), lookAfterMs(followed.of(account)));
              if (ended.length > 0 || signal.aborted) wake();
            });
            clearTimeout(timer);
            // Events are only a hint: one may be lost with its connection, or trimmed away on a busy queue.
            if (!isEvent) await look();
          } else if (pending.delete(id)) {
            const seen = await ticket(account, id);
            if (seen !== null) yield seen;
          }
        }
      } finally {
        followed.add(account, -ids.length);
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
