/** How long each domain was not probed, without the time in which a fault kept pinwatch from it. */

export interface Gaps {
  readonly probes: number;
  readonly longestMs: number;
  /** Gaps that were too long, within the time in which the jobs of a lost worker are taken over. */
  readonly takenOver: number;
  /** Gaps that were too long; each with the moment. */
  readonly late: readonly string[];
  /** `at`: when the probe began, in milliseconds since the epoch. */
  probed(domain: string, at: number): void;
  /** From now on nothing is expected. Returns what ends that. */
  hold(hold: Hold): () => void;
  /** Resolves when every domain was probed after now and no hold is on; rejects if the signal aborts. */
  allProbed(signal: AbortSignal): Promise<void>;
  /** Counts gaps that are too long already, although they have not ended. */
  look(at: number): void;
}

/** What a fault keeps pinwatch from. */
export interface Hold {
  /** Nothing can be probed while it lasts. */
  readonly all: boolean;
  /** What a worker had in hand has to be taken over: so long from the beginning, and from the end, whichever is later. */
  readonly takeover: { readonly forMs: number; readonly afterMs: number };
}

interface Held {
  readonly from: number;
  /** Until then nothing is expected. */
  until: number;
  /** Until then jobs are taken over. */
  takenOver: number;
}

/** A worker writes what saw nothing new once a second. */
const writtenWithinMs = 1_000;

export function createGaps(domains: readonly string[], intervalMs: number): Gaps {
  const longestAllowedMs = 2 * intervalMs + writtenWithinMs;
  const lastAt = new Map<string, number>();
  const counted = new Map<string, number>();
  const late: string[] = [];
  const watchers = new Set<(domain: string) => void>();
  let holds: Held[] = [];
  let probes = 0;
  let longestMs = 0;
  let takenOver = 0;

  /** From the last probe, or from the end of the last hold, to `at`. */
  function gapOf(last: number, at: number, end: 'until' | 'takenOver'): number {
    const from = holds.reduce(
      (latest, hold) => (hold.from < at ? Math.max(latest, hold[end]) : latest),
      last,
    );
    return at - from;
  }

  function measure(domain: string, at: number, isProbed: boolean): void {
    const last = lastAt.get(domain);
    if (last === undefined) return;
    const gapMs = gapOf(last, at, 'until');
    if (gapMs > longestAllowedMs && counted.get(domain) !== last) {
      const isTakenOver = gapOf(last, at, 'takenOver') <= longestAllowedMs;
      // It has not ended yet.
      if (isTakenOver && !isProbed) return;
      counted.set(domain, last);
      if (isTakenOver) {
        takenOver += 1;
        return;
      }
      const seconds = (gapMs / 1000).toFixed(1);
      late.push(`${new Date(at).toISOString()} ${domain}: not probed for ${seconds} s`);
    }
    longestMs = Math.max(longestMs, gapMs);
  }

  return {
    get probes() {
      return probes;
    },
    get longestMs() {
      return longestMs;
    },
    get takenOver() {
      return takenOver;
    },
    late,
    probed(domain, at) {
      probes += 1;
      measure(domain, at, true);
      lastAt.set(domain, at);
      const oldest = at - 600_000;
      if (holds.length > 50) holds = holds.filter(({ takenOver: until }) => until > oldest);
      for (const watcher of [...watchers]) watcher(domain);
    },
    hold({ all, takeover: { forMs, afterMs } }) {
      const from = Date.now();
      const never = Number.POSITIVE_INFINITY;
      // If its end does not matter, what is taken over later than from its beginning is late.
      const held: Held = {
        from,
        until: all ? never : from,
        takenOver: afterMs > 0 || all ? never : from + forMs,
      };
      holds.push(held);
      return () => {
        const now = Date.now();
        if (all) held.until = now;
        if (held.takenOver === never) held.takenOver = Math.max(now + afterMs, from + forMs);
      };
    },
    allProbed(signal) {
      const left = new Set(domains);
      return new Promise((resolve, reject) => {
        const end = () => {
          watchers.delete(watcher);
          signal.removeEventListener('abort', abort);
        };
        const abort = () => {
          end();
          reject(new Error(`not probed: ${[...left].slice(0, 5).join(', ')}${left.size > 5 ? ' …' : ''}`));
        };
        const watcher = (domain: string) => {
          left.delete(domain);
          if (left.size > 0) return;
          end();
          resolve();
        };
        watchers.add(watcher);
        signal.addEventListener('abort', abort);
      });
    },
    look(at) {
      for (const domain of domains) measure(domain, at, false);
    },
  };
}
