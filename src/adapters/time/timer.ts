import { setTimeout as delay } from 'node:timers/promises';
import { onAbort } from '../../flow/on-abort.ts';

/** Resolves after `ms`; rejects as soon as the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const timer = setTimeout(() => {
      callOff();
      resolve();
    }, ms);
    const callOff = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** Runs something in `ms`; returns a function that cancels it. It does not keep the process alive. */
export function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms).unref();
  return () => clearTimeout(timer);
}

/** How long a run in progress may take to end: one that waits for Redis may never end. */
const stopMs = 1_000;

/**
 * Runs a task now and then every `ms`, never twice at a time: a run that takes longer delays the next.
 * A rejected run is reported, and the next one still takes place.
 */
export function every(
  ms: number,
  task: (signal: AbortSignal) => Promise<void>,
  onError: (error: Error) => void,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loop = async () => {
    while (!stopping.signal.aborted) {
      try {
        await task(stopping.signal);
      } catch (error) {
        if (!stopping.signal.aborted) onError(error as Error);
      }
      await pause(ms, stopping.signal).catch(() => {});
    }
  };
  const ended = loop();
  return {
    async stop() {
      stopping.abort();
      const patience = new AbortController();
      const late = delay(stopMs, undefined, { signal: patience.signal }).catch(() => {});
      await Promise.race([ended, late]);
      patience.abort();
    },
  };
}
