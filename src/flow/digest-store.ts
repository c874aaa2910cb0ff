import type { DigestNotice } from '../core/digest.ts';

/** When the digest of an account was last made. Every method rejects if the store can't be used. */
export interface DigestStore {
  /** Milliseconds since the epoch, null for never; `token` is for compare-and-set. */
  load(account: string): Promise<{ readonly madeAt: number | null; readonly token: string }>;
  /** Stores the time and the notice owed in one atomic step, unless another process was faster. */
  commit(
    account: string,
    token: string,
    madeAt: number,
    notices: readonly DigestNotice[],
  ): Promise<'stored' | 'conflict'>;
}
