interface Shared {
  readonly runs: Set<() => void>;
  readonly listener: () => void;
}

const shared = new WeakMap<AbortSignal, Shared>();

/**
 * Runs something when the signal aborts; returns what calls it off. The connections of a batch share one signal, and one
 * listener: removing an event listener takes longer the more there are.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  const { runs, listener } = shared.get(signal) ?? listen(signal);
  runs.add(run);
  return () => {
    runs.delete(run);
    if (runs.size > 0) return;
    signal.removeEventListener('abort', listener);
    if (shared.get(signal)?.runs === runs) shared.delete(signal);
  };
}

function listen(signal: AbortSignal): Shared {
  const runs = new Set<() => void>();
  const listener = () => {
    for (const run of runs) run();
  };
  const made = { runs, listener };
  shared.set(signal, made);
  signal.addEventListener('abort', listener, { once: true });
  return made;
}
