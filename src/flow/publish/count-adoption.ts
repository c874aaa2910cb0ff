/** Counts in memory which versions apps say they hold, and adds them to the store some at a time. */
import { countedVersion, daysKept, utcDay } from '../../core/adoption.ts';
import type { AdoptionStore } from './adoption-store.ts';
import type { ServedChannels } from './served-channels.ts';

export interface AdoptionCounter {
  /** `version`: as an app has written it. */
  count(channel: string, version: string): void;
  /** Rejects if the store can't be used; what was not stored is stored later. */
  flush(): Promise<void>;
}

interface Ports {
  readonly channels: Pick<ServedChannels, 'get'>;
  readonly adoptionStore: Pick<AdoptionStore, 'add'>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Bounded by the channels that are served, `daysKept` and the versions that are told apart. */
export function createAdoptionCounter({ channels, adoptionStore, clock }: Ports): AdoptionCounter {
  /** By channel, day and version. */
  const pending = new Map<string, Map<string, Map<number, number>>>();

  function add(channel: string, day: string, version: number, installs: number): void {
    const days = pending.get(channel) ?? new Map<string, Map<number, number>>();
    pending.set(channel, days);
    const versions = days.get(day) ?? new Map<number, number>();
    days.set(day, versions);
    versions.set(version, (versions.get(version) ?? 0) + installs);
    const [oldest] = days.keys();
    // The store has been away for over a month.
    if (days.size > daysKept && oldest !== undefined) days.delete(oldest);
  }

  return {
    count(channel, text) {
      const served = channels.get(channel);
      const version = served === null ? null : countedVersion(text, served.head.version);
      if (version !== null) add(channel, utcDay(clock()), version, 1);
    },

    async flush() {
      for (const [channel, days] of [...pending]) {
        // Known only from its file until the store was read.
        const account = channels.get(channel)?.account ?? null;
        if (account === null) continue;
        for (const [day, installs] of [...days]) {
          // Taken out first: what is counted meanwhile is for the next time.
          days.delete(day);
          try {
            await adoptionStore.add(account, day, installs);
          } catch (error) {
            for (const [version, count] of installs) add(channel, day, version, count);
            throw error;
          }
        }
        if (days.size === 0) pending.delete(channel);
      }
    },
  };
}
