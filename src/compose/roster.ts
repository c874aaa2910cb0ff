/** The part of the composition root for the list of workers, and the queues of their shares. */
import { randomUUID } from 'node:crypto';
import type { Queues } from '../adapters/bullmq/queues.ts';
import { createRosterStore } from '../adapters/redis/roster-store.ts';
import { withDeadline } from '../adapters/time/deadline.ts';
import { every } from '../adapters/time/timer.ts';
import { createRoster, type Roster } from '../flow/roster.ts';
import type { Log, ProcessRole } from './options.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';
import type { ComposedWorkers } from './workers.ts';

export interface ComposedRoster extends Pick<Roster, 'alive' | 'shares' | 'served'> {
  begin(queues: Queues, workers: ComposedWorkers | null, paused: () => readonly string[]): void;
  /** Idempotent. Lets the other workers take over, if Redis can be told. */
  stop(): Promise<void>;
}

/** Several signs of life before a worker counts as gone. */
const lookEveryMs = 2_000;
/** A worker that does not say that it ends is found gone anyway. */
const leaveMs = 1_000;

export function composeRoster(
  { link }: Pick<Store, 'link'>,
  settings: Settings,
  role: ProcessRole,
  log: Log,
): ComposedRoster {
  let parts: { queues: Queues; workers: ComposedWorkers | null; paused: () => readonly string[] } | undefined;
  let loop: { stop(): Promise<void> } | undefined;
  let isStopped = false;
  const roster = createRoster({
    store: createRosterStore(link.redis),
    name: role === 'server' ? null : randomUUID(),
    isTaking: () => parts?.workers?.isTaking() ?? false,
    isPaused: () => parts?.paused().includes('batch') ?? false,
    serve: (numbers) => parts?.workers?.serve(numbers),
    isEmpty: async (number) => (await parts?.queues.isEmpty(number)) ?? false,
    intervalMs: () => settings.now().intervalMs,
  });
  const isAway = () => link.trouble() !== null;
  return {
    ...roster,
    begin(queues, workers, paused) {
      parts = { queues, workers, paused };
      loop = every(
        lookEveryMs,
        async () => {
          if (!isAway()) await roster.look();
        },
        ({ message }) => {
          if (isAway()) return;
          log.error({ event: 'trouble', reason: message }, 'the list of workers could not be read');
        },
      );
    },
    async stop() {
      if (isStopped) return;
      isStopped = true;
      await loop?.stop();
      if (loop === undefined || isAway()) return;
      await withDeadline(roster.leave(), leaveMs).catch(() => {});
    },
  };
}
