import type { Domain } from '../core/domain.ts';
import { boundMute } from '../core/mute.ts';
import { boundTimes } from '../core/record-times.ts';
import type { DomainRef, Found, LoadedDomain, ProbeStore } from './probe-store.ts';

export type Mute = Pick<Domain, 'mutedAt' | 'mutedUntil'>;

export interface BoundedProbeStorePorts {
  readonly probeStore: ProbeStore;
  /** Stores another mute of a domain, if its settings are still `expected`. */
  readonly remute: (ref: DomainRef, expected: string, mute: Mute) => Promise<void>;
  readonly clock: () => number;
}

/**
 * The records as a clock that was set back can believe them. A mute that such a clock has set is stored as it was meant:
 * bounded at each look alone, it would never end before its time had come.
 */
export function boundProbeStore({ probeStore, remute, clock }: BoundedProbeStorePorts): ProbeStore {
  async function bounded(ref: DomainRef, stored: LoadedDomain | null): Promise<LoadedDomain | null> {
    let loaded = stored;
    const now = clock();
    if (loaded !== null) {
      const meant = boundMute(loaded.domain, now);
      if (meant !== loaded.domain) {
        const { mutedAt, mutedUntil } = meant;
        await remute(ref, loaded.token.settings, { mutedAt, mutedUntil } as Mute);
        loaded = await probeStore.load(ref);
      }
    }
    return loaded && { ...loaded, record: boundTimes(loaded.record, now) };
  }

  return {
    ...probeStore,
    load: async (ref) => bounded(ref, await probeStore.load(ref)),
    async loadMany(wanted) {
      const found = await probeStore.loadMany(wanted);
      return Promise.all(
        found.map(async (one, index): Promise<Found> => {
          const ref = wanted[index]?.ref;
          if (one.is !== 'loaded' || ref === undefined) return one;
          const loaded = await bounded(ref, one.loaded);
          return loaded === null ? { is: 'gone' } : { is: 'loaded', loaded };
        }),
      );
    },
  };
}
