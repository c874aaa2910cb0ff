import type { Domain } from '../core/domain.ts';
import { boundMute } from '../core/mute.ts';
import { boundTimes } from '../core/record-times.ts';
import type { DomainRef, Found, LoadedDomain, ProbeStore } from './probe-store.ts';

export type Mute = Pick<Domain, 'mutedAt' | 'mutedUntil'>;

export interface BoundedProbeStorePorts {
  readonly probeStore: ProbeStore;
  /** Stores a new mute of a domain, if its settings are still those of the token with `expected`. */
  readonly remute: (ref: DomainRef, expected: string, mute: Mute) => Promise<void>;
  readonly clock: () => number;
}

/**
 * Bounds times in records that lie too far ahead because the clock was set back. A mute is also stored with the end
 * that was meant: if it were only bounded at each read, it would not end before its stored time.
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
