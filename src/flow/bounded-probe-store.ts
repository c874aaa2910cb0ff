import type { Domain } from '../core/domain.ts';
import { boundMute } from '../core/mute.ts';
import { boundTimes } from '../core/record-times.ts';
import type { DomainRef, ProbeStore } from './probe-store.ts';

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
  return {
    ...probeStore,
    async load(ref) {
      let loaded = await probeStore.load(ref);
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
    },
  };
}
