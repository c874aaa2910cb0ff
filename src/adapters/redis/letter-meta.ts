import type { Addressee, LetterState } from '../../core/addressee.ts';

/** What is stored of a letter apart from its body, which is large. */
export type LetterMeta = (LetterState | OldMeta) & {
  /** How many transitions its body has: counted by the scripts that write it. */
  readonly notices: number;
};

/** The format of 0.1, before recipients were looked up at each attempt. */
interface OldMeta {
  readonly id: string;
  readonly createdAt: number;
  readonly recipients: readonly string[];
  readonly everyone: readonly string[];
  readonly attempts: number;
  readonly nextAttemptAt: number;
}

/** Throws a TypeError if it makes no sense. */
export function readMeta(meta: LetterMeta): LetterState {
  const { id, createdAt } = meta;
  const list: unknown = 'addressees' in meta ? meta.addressees : meta.everyone;
  if (typeof id !== 'string' || typeof createdAt !== 'number' || !Array.isArray(list)) {
    throw new TypeError('expected the state of a letter');
  }
  if ('addressees' in meta) {
    const { addressees, audience, channel } = meta;
    return { id, createdAt, addressees, audience, ...(channel === undefined ? {} : { channel }) };
  }
  const { recipients, everyone, attempts, nextAttemptAt } = meta;
  const addressees = everyone.map((address): Addressee => {
    const state = recipients.includes(address) ? 'owed' : 'sent';
    return { address, state, attempts, copies: 0, nextAttemptAt };
  });
  return { id, createdAt, addressees: attempts === 0 ? [] : addressees, audience: null };
}

/** Without `notices` if a script counts them. */
export function writeMeta(
  { id, createdAt, addressees, audience, channel }: LetterState,
  notices?: number,
): string {
  return JSON.stringify({
    ...(notices === undefined ? {} : { notices }),
    id,
    createdAt,
    addressees,
    audience,
    channel,
  });
}
