/** Why a process is not ready, for /readyz. */
import type { Workers } from '../adapters/bullmq/workers.ts';
import type { StoreGuard } from '../flow/store-guard.ts';
import type { Clocks } from './clocks.ts';
import type { Store } from './store.ts';

/** What is known once the service does its job. */
interface Working {
  /** null in a server, which leaves probes to workers. */
  readonly workers: Workers | null;
  /** The paused queues. */
  readonly paused: () => readonly string[];
}

interface StartProgress {
  /** null during the start. */
  readonly work: () => Working | null;
  /** Why the start waits although Redis answers; null: it doesn't. */
  readonly refusal: () => string | null;
}

export const unchecked = 'its identity has not been checked yet';

/** The reasons; none if it is ready. */
export function composeReadiness(
  link: Store['link'],
  { guard, clocks }: { readonly guard: StoreGuard; readonly clocks: Clocks },
  { work, refusal }: StartProgress,
  stopping: AbortSignal,
): () => string[] {
  return () => {
    if (stopping.aborted) return ['shutting down'];
    const outdated = guard.outdated();
    if (outdated !== null) return [`store: ${outdated}`];
    const redis = link.trouble();
    const working = work();
    const isUnchecked = working !== null && !guard.isChecked();
    const closed = redis === null ? (guard.closed() ?? (isUnchecked ? unchecked : null)) : null;
    const paused = (working?.paused() ?? []).map((queue) => `the ${queue} queue is paused`);
    const reasons = [
      redis === null ? null : `redis: ${redis}`,
      closed === null ? null : `store: ${closed}`,
      working === null ? (refusal() ?? 'starting') : working.workers?.trouble(),
      ...paused,
      clocks.trouble(),
    ];
    return reasons.filter((reason) => typeof reason === 'string');
  };
}
