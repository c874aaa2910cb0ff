import type { PublishPorts } from './ports.ts';
import { readDraft } from './read-draft.ts';

/** Whether the draft of each account says something else than what is published, as of the last look. */
export interface DraftWatch {
  differs(account: string): boolean | null;
  /** One account after another: each look reads all its domains. */
  look(accounts: readonly string[]): Promise<void>;
}

export function createDraftWatch(
  ports: Pick<PublishPorts, 'adminStore' | 'configStore' | 'pinSetStore' | 'managedRoots'>,
): DraftWatch {
  const known = new Map<string, boolean>();
  return {
    differs: (account) => known.get(account) ?? null,
    async look(accounts) {
      for (const account of accounts) {
        const draft = await readDraft(account, [], ports);
        if (draft.ok) known.set(account, draft.value.changes.length > 0);
        else known.delete(account);
      }
    },
  };
}
