import { awayAfterMs, type KnownRegion } from '../../core/region.ts';

/** Which regions there are, and their workers. */
export interface RegionStore {
  /** All known regions, sorted by name. */
  read(): Promise<KnownRegion[]>;
  /** The same, after announcing that this worker is there. */
  announce(worker: string, region: string): Promise<KnownRegion[]>;
  /** The worker is about to end. Its region is remembered. */
  leave(worker: string, region: string): Promise<void>;
}

export interface RegionWatch {
  /** As of the last look. */
  known(): readonly KnownRegion[];
  /**
   * Whether what is seen carries its region: if there are several, and until each domain was probed again after the last
   * other one was forgotten. What was open because of that one is then closed for that reason.
   */
  areNamed(): boolean;
  /** Not right after the start, or after Redis has lost one: its workers, if there are any, announce themselves soon. */
  areComplete(): boolean;
  look(): Promise<void>;
}

/** `worker`: this process, if it probes. `onChange` is told what is known if there are several regions, whenever one comes or goes. */
export function createRegionWatch(
  store: RegionStore,
  worker: { readonly id: string; readonly region: string } | null,
  onChange: (known: readonly KnownRegion[]) => void,
  /** Milliseconds by a monotonic clock; and how long it takes until each domain was probed. */
  { steady, roundMs }: { readonly steady: () => number; readonly roundMs: () => number },
): RegionWatch {
  let known: readonly KnownRegion[] = [];
  /** When there were several last. */
  let severalAt = Number.NEGATIVE_INFINITY;
  let told = '';
  let incompleteAt = steady();
  return {
    known: () => known,
    areNamed: () => known.length > 1 || steady() - severalAt <= roundMs(),
    areComplete: () => steady() - incompleteAt > awayAfterMs,
    async look() {
      const before = known;
      known = await (worker === null ? store.read() : store.announce(worker.id, worker.region));
      if (before.some(({ name }) => !known.some((region) => region.name === name))) incompleteAt = steady();
      if (known.length > 1) severalAt = steady();
      const now = known.map(({ name, workers }) => `${name} ${workers > 0}`).join();
      if (now === told || severalAt === Number.NEGATIVE_INFINITY) return;
      told = now;
      onChange(known);
    },
  };
}
