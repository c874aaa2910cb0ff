/** The log lines of all pinwatch processes, as they come. Nothing is kept. */

export interface LogLine {
  readonly event?: string;
  readonly level: string;
  readonly msg: string;
  readonly domain?: string;
  readonly [field: string]: unknown;
}

export interface Seen {
  /** The name of the process in the fleet. */
  readonly process: string;
  readonly line: LogLine;
  /** Milliseconds since the epoch, by the clock of the soak. */
  readonly at: number;
}

export type Fits = (seen: Seen) => boolean;

export interface Lines {
  add(seen: Seen): void;
  /** Calls back for every line from now on. Returns what ends it. */
  watch(watcher: (seen: Seen) => void): () => void;
  /** The next line that fits; rejects if the signal aborts. */
  next(fits: Fits, signal: AbortSignal): Promise<Seen>;
  /** Resolves when each of these has a line that fits, from now on. */
  each<T>(of: readonly T[], fits: (one: T, seen: Seen) => boolean, signal: AbortSignal): Promise<void>;
}

export function createLines(): Lines {
  const watchers = new Set<(seen: Seen) => void>();
  const watch: Lines['watch'] = (watcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  };
  const until = (isLast: Fits, signal: AbortSignal) =>
    new Promise<Seen>((resolve, reject) => {
      const end = () => {
        stop();
        signal.removeEventListener('abort', abort);
      };
      const abort = () => {
        end();
        reject(signal.reason);
      };
      const stop = watch((seen) => {
        if (!isLast(seen)) return;
        end();
        resolve(seen);
      });
      signal.addEventListener('abort', abort);
      if (signal.aborted) abort();
    });
  return {
    watch,
    add(seen) {
      for (const watcher of [...watchers]) watcher(seen);
    },
    next: until,
    async each(of, fits, signal) {
      const left = new Set(of);
      if (left.size === 0) return;
      await until((seen) => {
        for (const one of left) if (fits(one, seen)) left.delete(one);
        return left.size === 0;
      }, signal);
    },
  };
}
