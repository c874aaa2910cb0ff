/** How far a master's data reached, by INFO, and whether the one that replaces it has all of it. */

export interface Reach {
  /** Names one history of writes; a replica that becomes the master begins another. */
  readonly history: string;
  /** How many bytes of that history exist. */
  readonly bytes: number;
}

/** null if it does not say. */
export function reachOf(info: string): Reach | null {
  const history = field(info, 'master_replid');
  const bytes = Number(field(info, 'master_repl_offset') ?? Number.NaN);
  return history === null || !Number.isSafeInteger(bytes) ? null : { history, bytes };
}

/**
 * How many bytes the master with this INFO lacks of those that its predecessor was seen to have. 0 also if it has no
 * history in common with it: a server that was restarted, or another store, which is noticed by its identity.
 */
export function lostBytes(seen: Reach, info: string): number {
  if (field(info, 'master_replid2') !== seen.history) return 0;
  // The first byte of its own history.
  const from = Number(field(info, 'second_repl_offset') ?? Number.NaN);
  return Number.isSafeInteger(from) ? Math.max(0, seen.bytes - (from - 1)) : 0;
}

function field(info: string, name: string): string | null {
  return new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? null;
}
