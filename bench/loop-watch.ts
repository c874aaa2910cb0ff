/** The longest turn of the event loop, in CPU time: other programs on the machine do not distort it. */
import { readFileSync } from 'node:fs';

export interface LoopWatch {
  /** CPU time of the longest turn since the last call, in milliseconds; null if there is no /proc. */
  longestTurnMs(): number | null;
  /** The largest memory use since the last call, in bytes. */
  peakRssBytes(): number;
  stop(): void;
}

export function watchLoop(): LoopWatch {
  let longest = 0;
  let peak = 0;
  let last = onCpuMs();
  const looking = setInterval(() => {
    const now = onCpuMs();
    if (now !== null && last !== null) longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  const weighing = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  for (const timer of [looking, weighing]) timer.unref();
  return {
    longestTurnMs() {
      const found = longest;
      longest = 0;
      return last === null ? null : found;
    },
    peakRssBytes() {
      const found = Math.max(peak, process.memoryUsage.rss());
      peak = 0;
      return found;
    },
    stop() {
      clearInterval(looking);
      clearInterval(weighing);
    },
  };
}

/** CPU time of the main thread: the first field of schedstat, in nanoseconds. */
function onCpuMs(): number | null {
  try {
    const [onCpu] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ');
    return Number(onCpu) / 1e6;
  } catch {
    return null; // no /proc on this system
  }
}
