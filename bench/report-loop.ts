/** Loaded in front of a service that is measured: answers each message of its parent with what it has used since the last. */
import { watchLoop } from './loop-watch.ts';

export interface LoopReport {
  readonly longestTurnMs: number | null;
  readonly peakRssBytes: number;
  /** All threads, since the last report. */
  readonly cpuMs: number;
}

const watch = watchLoop();
let before = process.cpuUsage();

process.on('message', () => {
  const { user, system } = process.cpuUsage(before);
  before = process.cpuUsage();
  const { longestTurnMs, peakRssBytes } = watch;
  process.send?.({
    longestTurnMs: longestTurnMs(),
    peakRssBytes: peakRssBytes(),
    cpuMs: (user + system) / 1000,
  } satisfies LoopReport);
});
// The service ends by itself as ever.
process.channel?.unref();
