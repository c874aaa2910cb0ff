import { type Queue, QueueEvents } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import { longestBlockMs } from '../../core/waiting.ts';

/** What became of jobs, as it happens. */
export interface Feed {
  readonly events: QueueEvents;
  /** Nobody listens for this follower any more. */
  release(): void;
}

/**
 * The events of a queue, read only while somebody follows them: the stream tells each step of every job, and to read along
 * costs a probing process as much CPU as the queue itself.
 */
export function createFeed(queue: Queue, connection: Redis | Cluster, onError: (error: Error) => void) {
  let open: { readonly events: QueueEvents; readonly feed: Redis | Cluster } | undefined;
  let followers = 0;

  function start(lastEventId: string) {
    // Apart: it waits for events, and what is waited on can do nothing else.
    // A cluster has the method too, in a form that TypeScript does not call as one with the other.
    const feed: Redis | Cluster = (connection as Redis).duplicate();
    const prefix = queue.opts.prefix ?? 'bull';
    // Many may wait at a time: each listener is one request, and goes with it.
    const events = new QueueEvents(queue.name, {
      connection: feed,
      prefix,
      lastEventId,
      blockingTimeout: longestBlockMs,
    }).setMaxListeners(0);
    events.on('error', onError);
    return { events, feed };
  }

  async function stop(): Promise<void> {
    if (open === undefined) return;
    const { events, feed } = open;
    open = undefined;
    // On a cluster the end of what waits for events is told as an error.
    events.off('error', onError).on('error', () => {});
    const closed = events.close();
    if (feed.status === 'ready') return closed;
    // BullMQ waits for the connection's end, which one between two attempts to reconnect never tells.
    closed.catch(() => {});
    feed.disconnect();
  }

  return {
    /** Everything that happens from now on is told, however long the connection takes. */
    async follow(): Promise<Feed> {
      followers += 1;
      let released = false;
      const release = () => {
        if (released) return;
        released = true;
        followers -= 1;
        if (followers === 0) stop().catch(onError);
      };
      try {
        const last = await connection.xrevrange(queue.toKey('events'), '+', '-', 'COUNT', 1);
        open ??= start(last[0]?.[0] ?? '0-0');
        return { events: open.events, release };
      } catch (error) {
        release();
        throw error;
      }
    },
    close: stop,
  };
}
