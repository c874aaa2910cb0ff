import { type Queue, QueueEvents } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import { longestBlockMs } from '../../core/waiting.ts';

/** How jobs end, as it happens. */
export interface Feed {
  readonly events: QueueEvents;
  /** Stops listening for this follower. */
  release(): void;
}

/**
 * The events of a queue, read only while there are followers: the stream has each step of every job, and reading it
 * costs a probing process as much CPU as the queue itself.
 */
export function createFeed(queue: Queue, connection: Redis | Cluster, onError: (error: Error) => void) {
  let open: { readonly events: QueueEvents; readonly feed: Redis | Cluster } | undefined;
  let followers = 0;
  let isClosed = false;

  function start(lastEventId: string) {
    // A separate connection: while it waits for events it can do nothing else.
    // A cluster has the method too, but TypeScript can't call the two forms as one.
    const feed: Redis | Cluster = (connection as Redis).duplicate();
    const prefix = queue.opts.prefix ?? 'bull';
    // Many may wait at a time: each listener belongs to one request, and is removed with it.
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
    // On a cluster, ending the wait for events is reported as an error.
    events.off('error', onError).on('error', () => {});
    const closed = events.close();
    if (feed.status === 'ready') return closed;
    // BullMQ waits for the connection to end, which a connection between two reconnects never reports.
    closed.catch(() => {});
    feed.disconnect();
  }

  return {
    /** Reports everything that happens from now on, however long the connection takes. */
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
        // A connection that is begun now would never be ended.
        if (isClosed) throw new Error('the queue is closed');
        open ??= start(last[0]?.[0] ?? '0-0');
        return { events: open.events, release };
      } catch (error) {
        release();
        throw error;
      }
    },
    close(): Promise<void> {
      isClosed = true;
      return stop();
    },
  };
}
