import type { KnownRegion } from '../../core/region.ts';

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
  look(): Promise<void>;
}

/** `worker`: this process, if it probes. `onSeveral` is called once, when there is more than one region. */
export function createRegionWatch(
  store: RegionStore,
  worker: { readonly id: string; readonly region: string } | null,
  onSeveral: () => void,
): RegionWatch {
  let known: readonly KnownRegion[] = [];
  let areSeveral = false;
  return {
    known: () => known,
    async look() {
      known = await (worker === null ? store.read() : store.announce(worker.id, worker.region));
      if (areSeveral || known.length < 2) return;
      areSeveral = true;
      onSeveral();
    },
  };
}
