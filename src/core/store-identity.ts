/**
 * Whether the store is the one that was last seen. It has an identity, created when pinwatch first used it, and a
 * generation that rises while it is used. A process remembers both: a store that lost its data has no identity, one
 * that was restored from a backup has a lower generation, and a different store has a different identity. A store that
 * loses its data also loses the tokens that say who may do what, so such a store must let no caller in until a person
 * has adopted it.
 *
 * An adopted store has a new identity, and names the identities that it replaces.
 */

/** What a process remembers of the store that it used last. */
export interface SeenStore {
  readonly id: string;
  /** A generation that the store certainly has: older than the last, because a crash may cost Redis its last second. */
  readonly generation: number;
}

export interface StoreIdentity extends SeenStore {
  /** Identities that it replaces, as a person has decided. */
  readonly follows: readonly string[];
}

export interface StoreReading {
  /** null: none was created yet, or it is lost. */
  readonly identity: StoreIdentity | null;
  /** What other processes remember, if they have seen a different store. */
  readonly missed: readonly SeenStore[];
  /** The tokens can't be read: their key holds another type. */
  readonly tokensUnreadable?: boolean;
  /** There are no tokens, although the last ones were not revoked. */
  readonly tokensLost?: boolean;
}

/**
 * `fresh`: it has no identity yet, and no process remembers another one. `first`: it is new only to this process.
 * `same`: it is the one last seen, or one that was adopted in its place. Otherwise the API stays closed. `damaged`: its
 * tokens can't be read. `tokenless`: only its tokens are lost.
 */
export type StoreJudgement = 'fresh' | 'first' | 'same' | ClosedJudgement;

/** `seen` null: this process remembers nothing, and relies on the processes that do. */
export function judgeStore(
  { identity, missed, tokensUnreadable = false, tokensLost = false }: StoreReading,
  seen: SeenStore | null,
): StoreJudgement {
  if (tokensUnreadable) return 'damaged';
  if (identity === null) return seen === null && missed.length === 0 ? 'fresh' : 'lost';
  if (tokensLost) return 'tokenless';
  if (seen === null) {
    const isOlder = missed.some(
      ({ id, generation }) => id === identity.id && generation > identity.generation,
    );
    return isOlder ? 'older' : 'first';
  }
  if (identity.id === seen.id) return identity.generation < seen.generation ? 'older' : 'same';
  return identity.follows.includes(seen.id) ? 'same' : 'other';
}

/** How many predecessors a store names: a person adopted each of them. */
const mostFollowed = 50;

/** The identity of a store that a person has adopted for all processes that missed another one. */
export function adoptedIdentity(
  { identity, missed }: StoreReading,
  seen: SeenStore | null,
  id: string,
): StoreIdentity {
  const known = [...(identity === null ? [] : [identity]), ...missed, ...(seen === null ? [] : [seen])];
  const follows = [...(identity?.follows ?? []), ...known.map((one) => one.id)];
  return {
    id,
    generation: Math.max(0, ...known.map(({ generation }) => generation)) + 1,
    follows: [...new Set(follows)].slice(-mostFollowed),
  };
}

export type ClosedJudgement = 'lost' | 'older' | 'other' | 'damaged' | 'tokenless';

export function isClosed(judgement: StoreJudgement): judgement is ClosedJudgement {
  return judgement !== 'fresh' && judgement !== 'first' && judgement !== 'same';
}

/** Why the API is closed, for a person. */
export function closedReason(judgement: ClosedJudgement): string {
  switch (judgement) {
    case 'damaged':
      return "the store's tokens cannot be read";
    case 'tokenless':
      return 'the store has lost its tokens: it has none, although the last ones were not revoked';
    case 'lost':
      return 'the store has lost its data: it is not the store last seen, and has none of its tokens or domains';
    case 'older':
      return 'the store is older than when it was last seen, as if restored from a backup: tokens revoked since then would be valid again';
    case 'other':
      return 'the store is not the one last seen';
    default:
      return judgement satisfies never;
  }
}
