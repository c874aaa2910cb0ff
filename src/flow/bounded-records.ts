import type { Domain } from '../core/domain.ts';
import { boundMute } from '../core/mute.ts';
import { boundTimes } from '../core/record-times.ts';
import type { DomainRef, Records } from './records.ts';

export interface BoundedRecordsPorts {
  readonly records: Records;
  /** Stores other settings of a domain, if they are still `expected`. */
  readonly rewrite: (ref: DomainRef, expected: string, next: Domain) => Promise<void>;
  readonly clock: () => number;
}

/**
 * The records as a clock that was set back can believe them. A mute that such a clock has set is stored as it was meant:
 * bounded at each look alone, it would never end before its time had come.
 */
export function boundRecords({ records, rewrite, clock }: BoundedRecordsPorts): Records {
  return {
    ...records,
    async load(ref) {
      let loaded = await records.load(ref);
      const now = clock();
      if (loaded !== null) {
        const meant = boundMute(loaded.domain, now);
        if (meant !== loaded.domain) {
          await rewrite(ref, loaded.token.settings, meant);
          loaded = await records.load(ref);
        }
      }
      return loaded && { ...loaded, record: boundTimes(loaded.record, now) };
    },
  };
}
