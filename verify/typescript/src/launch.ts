import { type Trust, type VerifiedBundle, verifyBundle } from './bundle.ts';
import type { Events, Storage } from './ports.ts';
import { compareTuples } from './tuple.ts';
import type { Subtle } from './web-crypto.ts';

export const storedName = 'bundle';

/**
 * What is in force at launch, before any network: the higher one of the stored bundle and the floor, both verified. What
 * is stored may be broken, or of a channel or root that this version of the app no longer has: then the floor counts.
 */
export async function launchBundle(
  trust: Trust,
  floor: Uint8Array | null,
  storage: Storage,
  subtle: Subtle,
  events: Events,
): Promise<VerifiedBundle | null> {
  let stored: Uint8Array | null = null;
  try {
    stored = await storage.read(storedName);
  } catch (error) {
    events.failed?.('storage', String(error));
  }
  const verified = async (bytes: Uint8Array | null, source: string) => {
    if (bytes === null) return null;
    const found = await verifyBundle(bytes, trust, null, subtle);
    if (found.bundle === null) events.refused?.(found.outcome, found.detail, source);
    return found.bundle;
  };
  const kept = await verified(stored, 'storage');
  const built = await verified(floor, 'floor');
  if (kept === null || built === null) return kept ?? built;
  return compareTuples(kept.held, built.held) >= 0 ? kept : built;
}
