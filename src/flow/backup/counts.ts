import type { BackupCounts, BackupEntry } from '../../core/backup-format.ts';

/** Counts what a backup has, the same when it is written and when it is read. */
export function createCounter() {
  let [entries, accounts, domains, tokens] = [0, 0, 0, 0];
  return {
    add({ account, kind, fields }: BackupEntry): void {
      entries += 1;
      if (account === undefined && kind === 'tokens') tokens += fields?.length ?? 0;
      if (account === undefined) return;
      if (kind === 'account') accounts += 1;
      if (kind === 'domains') domains += fields?.length ?? 0;
    },
    counts: (): BackupCounts => ({ entries, accounts, domains, tokens }),
  };
}
