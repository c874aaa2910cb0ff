import { performance } from 'node:perf_hooks';

/** For how many milliseconds the event loop has waited with nothing to do, since the process started. */
export function idleMs(): number {
  return performance.eventLoopUtilization().idle;
}
