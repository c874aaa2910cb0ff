/** How long each domain was not probed, without the time in which a fault kept pinwatch from it. */

export interface Gaps {
  readonly probes: number;
  readonly longestMs: number;
  /** Gaps that were too long; each with the moment. */
  readonly late: readonly string[];
  probed(domain: string, at: number): void;
  /** From now on nothing is expected. Returns what ends that, after `forMs` more, counted from the beginning. */
  hold(forMs?: number): () => void;
  /** Resolves when every domain was probed after now and no hold is on; rejects if the signal aborts. */
  allProbed(signal: AbortSignal): Promise<void>;
  /** Counts gaps that are too long already, although they have not ended. */
  look(at: number): void;
}

interface Hold {
  readonly from: number;
  until: number;
}

/** A worker writes what saw nothing new once a second. */
const writtenWithinMs = 1_000;

export function createGaps(domains: readonly string[], intervalMs: number): Gaps {
  const longestAllowedMs = 2 * intervalMs + writtenWithinMs;
  const lastAt = new Map<string, number>();
  const counted = new Map<string, number>();
  const late: string[] = [];
  const watchers = new Set<(domain: string) => void>();
  let holds: Hold[] = [];
  let probes = 0;
  let longestMs = 0;

  /** From the last probe, or from the end of the last hold, to `at`. */
  function measure(domain: string, at: number): void {
    const last = lastAt.get(domain);
    if (last === undefined) return;
    const from = holds.reduce(
      (latest, hold) => (hold.until > latest && hold.from < at ? hold.until : latest),
      last,
    );
    const gapMs = at - from;
    longestMs = Math.max(longestMs, gapMs);
    if (gapMs <= longestAllowedMs || counted.get(domain) === last) return;
    counted.set(domain, last);
    const seconds = (gapMs / 1000).toFixed(1);
    late.push(`${new Date(at).toISOString()} ${domain}: not probed for ${seconds} s`);
  }

  return {
    get probes() {
      return probes;
    },
    get longestMs() {
      return longestMs;
    },
    late,
    probed(domain, at) {
      probes += 1;
      measure(domain, at);
      lastAt.set(domain, at);
      const oldest = at - 600_000;
      if (holds.length > 50) holds = holds.filter(({ until }) => until > oldest);
      for (const watcher of [...watchers]) watcher(domain);
    },
    hold(forMs = 0) {
      const from = Date.now();
      const hold: Hold = { from, until: Number.POSITIVE_INFINITY };
      holds.push(hold);
      return () => {
        hold.until = Math.max(Date.now(), from + forMs);
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
      for (const domain of domains) measure(domain, at);
    },
  };
}
