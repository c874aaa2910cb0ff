/** Time, CPU and event-loop delay of a piece of work. */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { watchLoop } from './loop-watch.ts';

export interface Usage {
  readonly wallMs: number;
  /** User and system time of this process, all its threads. */
  readonly cpuMs: number;
  /** The same for Redis; null if there is no /proc. */
  readonly redisCpuMs: number | null;
  /** The longest time that the event loop was blocked, in milliseconds; other work of the machine adds to it. */
  readonly longestBlockMs: number;
  /** The CPU time of its longest turn, in milliseconds; null if there is no /proc. */
  readonly longestTurnMs: number | null;
}

export async function measure(redisPid: number | null, work: () => Promise<unknown>): Promise<Usage> {
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const turns = watchLoop();
  const redis = cpuOf(redisPid);
  const before = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(before);
  loop.disable();
  turns.stop();
  const redisAfter = cpuOf(redisPid);
  return {
    wallMs,
    cpuMs: (user + system) / 1000,
    redisCpuMs: redis === null || redisAfter === null ? null : redisAfter - redis,
    longestBlockMs: loop.max / 1e6,
    longestTurnMs: turns.longestTurnMs(),
  };
}

/** utime and stime of proc_pid_stat(5), in ticks of 10 ms. */
function cpuOf(pid: number | null): number | null {
  if (pid === null) return null;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may contain spaces; utime is the 14th, stime the 15th.
    const [utime, stime] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return (Number(utime) + Number(stime)) * 10;
  } catch {
    return null; // no /proc on this system
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
