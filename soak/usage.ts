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
  /** The medians of the four quarters of the run. */
  readonly quarters: readonly Omit<Sample, 'probes'>[];
  readonly isFlat: boolean;
}

/** The last quarter may have this share more than the one that it is compared with, and this much besides. */
const tolerated = { share: 0.15, mib: 24, handles: 8 };
const sampleEveryMs = 1_000;
/** Fewer samples say nothing: five minutes, or some of a run that was to make so many probes. */
const fewest = { usual: 300, long: 12 };

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

/** Samples of a process that runs all the time, until the signal aborts. */
export function sampleUsage(
  process: { readonly name: string; pid(): number | undefined },
  probes: () => number,
  signal: AbortSignal,
): { of(length: 'usual' | 'long'): UsageRow | null } {
  const samples: Sample[] = [];
  const timer = setInterval(async () => {
    const sample = await sampleOf(process.pid() ?? 0, probes());
    if (sample !== null) samples.push(sample);
  }, sampleEveryMs).unref();
  signal.addEventListener('abort', () => clearInterval(timer));
  return { of: (length) => usageOf(process.name, samples, length) };
}

/**
 * Compares the medians of the last quarter with those of the first; in a usual run, which is short, with those of the second, because
 * most of the first is the start. null: too few samples.
 */
export function usageOf(
  process: string,
  samples: readonly Sample[],
  length: 'usual' | 'long',
): UsageRow | null {
  if (samples.length < fewest[length]) return null;
  const boundary = (quarter: number) => Math.floor((samples.length * quarter) / 4);
  const quarters = [0, 1, 2, 3].map((one) => medianOf(samples.slice(boundary(one), boundary(one + 1))));
  const early = quarters[length === 'long' ? 0 : 1];
  const late = quarters[3];
  if (early === undefined || late === undefined) throw new Error('unreachable: there are four quarters');
  const most = (value: number, besides: number) => value * (1 + tolerated.share) + besides;
  const isFlat =
    late.rssMib <= most(early.rssMib, tolerated.mib) &&
    late.handles <= most(early.handles, tolerated.handles);
  return { process, quarters, isFlat, probes: samples.at(-1)?.probes ?? 0 };
}

function medianOf(samples: readonly Sample[]): Omit<Sample, 'probes'> {
  const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  return {
    rssMib: middle(samples.map(({ rssMib }) => rssMib)),
    handles: middle(samples.map(({ handles }) => handles)),
  };
}
