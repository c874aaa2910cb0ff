import {
  closedReason,
  isClosed,
  judgeStore,
  type SeenStore,
  type StoreIdentity,
  type StoreReading,
} from '../core/store-identity.ts';
import { storeSchema, unusableReason } from '../core/store-schema.ts';
import type { Journal } from './journal.ts';

/** What the store says about its identity. Every method rejects if the store can't be used. */
export interface IdentityStore {
  /** All of it at one moment, whether any token exists, and the schema of the newest version that has used the store. */
  read(): Promise<StoreReading & { readonly hasTokens: boolean; readonly schema: number }>;
  /** Gives this identity to a store that has none; another process may have been faster. */
  found(id: string): Promise<void>;
  /** Tells other processes that this store is not the one that was seen. Idempotent. */
  miss(seen: SeenStore): Promise<void>;
  /** Raises the generation by one and returns it; null if the identity has changed. */
  tick(id: string): Promise<number | null>;
  /** Raises the store's schema to this one; a higher one stays. */
  raise(schema: number): Promise<void>;
  /** Replaces the identity, and clears reports of missed stores. Unreadable data in place of the tokens is removed. */
  adopt(identity: StoreIdentity): Promise<void>;
}

/** What is remembered about the store, outside of it. */
export interface StoreMemory {
  /** null: nothing. Throws if what is remembered can't be read. */
  load(): SeenStore | null;
  /** Throws if it can't be saved. */
  save(seen: SeenStore): void;
}

export interface StoreGuardPorts {
  readonly store: IdentityStore;
  readonly memory: StoreMemory;
  readonly newId: () => string;
  readonly journal: Journal;
}

export interface StoreGuard {
  /** Why the API is closed; null while nothing is known against the store. */
  closed(): string | null;
  /**
   * Why this process no longer uses the store: a newer version has used it, or a backup is being restored into it. null if
   * neither. It stays set until the process is restarted.
   */
  outdated(): string | null;
  /** Whether it was checked since it was last suspected. Until then, nobody may be let in either. */
  isChecked(): boolean;
  /** The store may have changed. */
  suspect(): void;
  /** Checks the store, and returns whether any token exists, as of the same moment. Rejects as the store does. */
  look(): Promise<{ readonly hasTokens: boolean }>;
  /** Raises the generation, and remembers the previous one. Once a minute. */
  tick(): Promise<void>;
}

export function createStoreGuard({ store, memory, newId, journal }: StoreGuardPorts): StoreGuard {
  let seen: SeenStore | null = null;
  let isLoaded = false;
  let reason: string | null = null;
  let outdated: string | null = null;
  let isChecked = false;
  /** As last reported. */
  let told: string | null = null;
  let unreadable: string | null = null;
  let lastTick: number | null = null;
  /** Counts how often the store was suspected: what was read before is no longer evidence. */
  let suspicions = 0;
  let isKept = true;

  /** If the memory can't be read, this may be a different store: a person has to decide. */
  function load(): void {
    if (isLoaded) return;
    isLoaded = true;
    try {
      seen = memory.load();
    } catch (error) {
      seen = { id: `unreadable-${newId()}`, generation: 0 };
      unreadable = 'what was remembered of the store (store.json in stateDir) cannot be read';
      journal({ kind: 'store_unreadable', reason: (error as Error).message });
    }
  }

  function remember(next: SeenStore): void {
    seen = next;
    try {
      memory.save(next);
      isKept = true;
    } catch (error) {
      if (isKept) journal({ kind: 'store_not_remembered', reason: (error as Error).message });
      isKept = false;
    }
  }

  function close(why: string): void {
    reason = why;
    isChecked = true;
    if (told !== why) journal({ kind: 'store_closed', reason: why });
    told = why;
  }

  function open(): void {
    reason = null;
    isChecked = true;
    if (told !== null) journal({ kind: 'store_adopted' });
    told = null;
  }

  async function judge(): Promise<{ readonly hasTokens: boolean }> {
    load();
    const before = suspicions;
    let reading = await store.read();
    const unusable = unusableReason(reading.schema);
    if (unusable !== null && outdated === null) {
      outdated = unusable;
      isChecked = true;
      journal({ kind: 'store_newer', reason: outdated });
    }
    if (outdated !== null) return reading;
    // Before anything is stored, so that processes of an older version leave the store alone.
    if (reading.schema < storeSchema) await store.raise(storeSchema);
    let judgement = judgeStore(reading, seen);
    if (judgement === 'fresh') {
      await store.found(newId());
      reading = await store.read();
      judgement = judgeStore(reading, seen);
    }
    const { identity } = reading;
    if (isClosed(judgement)) {
      const isAnother = judgement !== 'damaged' && judgement !== 'tokenless';
      if (seen !== null && isAnother) await store.miss(seen);
      close(unreadable ?? closedReason(judgement));
    } else if (identity !== null && before === suspicions) {
      if (judgement === 'first') journal({ kind: 'store_first_seen' });
      // The generation is remembered from the next tick on: this one may be very recent, and lost in a crash.
      if (seen?.id !== identity.id) remember({ id: identity.id, generation: 0 });
      unreadable = null;
      open();
    }
    return reading;
  }

  return {
    closed: () => reason,
    outdated: () => outdated,
    isChecked: () => isChecked,
    suspect() {
      suspicions += 1;
      isChecked = false;
    },
    look: judge,
    async tick() {
      if (!isChecked || reason !== null || outdated !== null || seen === null) return;
      const generation = await store.tick(seen.id);
      if (generation === null) return;
      if (lastTick !== null) remember({ id: seen.id, generation: lastTick });
      lastTick = generation;
    },
  };
}
