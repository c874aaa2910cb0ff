/** The key of an entry of a backup. */
import type { BackupEntry } from '../../core/backup-format.ts';
import type { AccountKind, SharedKind, sharedKinds } from './key-kinds.ts';
import {
  accountKeys,
  accountsKey,
  adoptionKey,
  auditKey,
  channelsKey,
  historyKey,
  sweepKey,
  tokensKey,
  tokenUseKey,
} from './keys.ts';

type KeptShared = {
  [kind in SharedKind]: (typeof sharedKinds)[kind]['leftOut'] extends null ? kind : never;
}[SharedKind];

/** Of the kinds that belong to no account. */
export const sharedKeys: Readonly<Record<KeptShared, string>> = {
  accounts: accountsKey,
  tokens: tokensKey,
  tokenUse: tokenUseKey,
  audit: auditKey,
  channels: channelsKey,
  sweep: sweepKey,
};

/** The entry was checked when it was read. */
export function keyOf({ account, kind, of }: Pick<BackupEntry, 'account' | 'kind' | 'of'>): string {
  if (account === undefined) return sharedKeys[kind as KeptShared];
  if (kind === 'history') return historyKey(account, of ?? '');
  if (kind === 'adoption') return adoptionKey(account, of ?? '');
  return accountKeys(account)[kind as AccountKind];
}
