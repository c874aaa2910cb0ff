/**
 * Whether the store is the one that was last seen. It has an identity, made when pinwatch first used it, and a generation
 * that rises for as long as it is used. A process remembers both: a store that lost its data has no identity, one that
 * was restored from a backup has a lower generation, and any other has another identity. With its data a store loses the
 * tokens that say who may do what, so that such a store must not let anybody in until a person has said that it may.
 *
 * What a person adopted has a new identity, and names those that it takes the place of.
 */

/** What a process remembers of the store that it used last. */
export interface SeenStore {
  readonly id: string;
  /** One that the store surely keeps: an older one than the last, for a crash may cost a Redis its last second. */
  readonly generation: number;
}

export interface StoreIdentity extends SeenStore {
  /** Identities that it takes the place of, by a person's word. */
  readonly follows: readonly string[];
}

export interface StoreReading {
  /** null: nothing has made one, or it is lost. */
  readonly identity: StoreIdentity | null;
  /** What other processes remember, to whom this store is another than the one that they saw. */
  readonly missed: readonly SeenStore[];
  /** The tokens can't be read: what is in their place is of another type. */
  readonly tokensUnreadable?: boolean;
  /** There are no tokens, and the last that were there have not been revoked. */
  readonly tokensLost?: boolean;
}

/**
 * `fresh`: it has no identity yet, and nobody knows of another one. `first`: it is new to this process alone. `same`: the
 * one last seen, or one that was adopted in its place. Else the API stays closed; `damaged`: its tokens can't be read;
 * `tokenless`: they are lost, and they alone.
 */
export type StoreJudgement = 'fresh' | 'first' | 'same' | ClosedJudgement;

/** `seen` null: the process remembers nothing. It then takes the word of those who do. */
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

/** How many predecessors a store names: each is a word of a person. */
const mostFollowed = 50;

/** The identity of a store that a person has adopted, as everybody's who missed another one. */
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
      return 'what the store holds in the place of its tokens cannot be read';
    case 'tokenless':
      return 'the store has lost its tokens: it has none, and the last ones were not revoked';
    case 'lost':
      return 'the store has lost its data: it is not the one last seen, and has no tokens or domains of it';
    case 'older':
      return 'the store is older than when it was last seen, as after a restored backup: tokens that were revoked since would be valid again';
    case 'other':
      return 'the store is another one than last seen';
    default:
      return judgement satisfies never;
  }
}
