/** Preloaded into a measured service: answers each message of the parent with what was used since the last one. */
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
// The channel must not keep the service running.
process.channel?.unref();
