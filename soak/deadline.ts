/**
 * Aborts with the signal, or after that many milliseconds. The timer holds it: in Node.js 20, a signal of
 * `AbortSignal.timeout` that only `AbortSignal.any` knows can be collected, and then never aborts.
 */
export function withDeadline(ms: number, signal: AbortSignal): AbortSignal {
  const late = new AbortController();
  setTimeout(() => late.abort(new Error('not in time')), ms).unref();
  const abort = () => late.abort(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return late.signal;
}

/** Rejects when the signal aborts, whatever is still waited for: not everything that may hang listens to it. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // What comes of it later is of no interest.
  work.catch(() => {});
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
