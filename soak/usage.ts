/** Memory and open files of the processes that run all the time, and whether they stay the same. Linux only. */
import { readdir, readFile } from 'node:fs/promises';

export interface Sample {
  readonly probes: number;
  readonly rssMib: number;
  readonly handles: number;
}

export interface UsageRow {
  readonly process: string;
  readonly probes: number;
  readonly early: Omit<Sample, 'probes'>;
  readonly late: Omit<Sample, 'probes'>;
  readonly isFlat: boolean;
}

/** Memory may grow by this much of the early value, and by this much besides. */
const tolerated = { share: 0.15, mib: 24, handles: 8 };
/** Fewer samples say nothing. */
const fewest = 12;

export async function sampleOf(pid: number, probes: number): Promise<Sample | null> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const rssKib = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
    const handles = (await readdir(`/proc/${pid}/fd`)).length;
    return { probes, rssMib: rssKib / 1024, handles };
  } catch {
    return null; // it has just ended, or there is no /proc
  }
}

/** Compares the medians of the second and the last quarter: the first is the start. null: too few samples. */
export function usageOf(process: string, samples: readonly Sample[]): UsageRow | null {
  if (samples.length < fewest) return null;
  const quarter = Math.floor(samples.length / 4);
  const early = medianOf(samples.slice(quarter, 2 * quarter));
  const late = medianOf(samples.slice(-quarter));
  const isFlat =
    late.rssMib <= early.rssMib * (1 + tolerated.share) + tolerated.mib &&
    late.handles <= early.handles + tolerated.handles;
  return { process, early, late, isFlat, probes: samples.at(-1)?.probes ?? 0 };
}

function medianOf(samples: readonly Sample[]): Omit<Sample, 'probes'> {
  const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  return {
    rssMib: middle(samples.map(({ rssMib }) => rssMib)),
    handles: middle(samples.map(({ handles }) => handles)),
  };
}
