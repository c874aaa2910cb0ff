export interface FindOwedPorts {
  readonly accounts: () => Promise<readonly string[]>;
  /** A notice waits for a letter, or a letter for its delivery. */
  readonly owes: (account: string) => Promise<boolean>;
  readonly nudge: (account: string) => Promise<void>;
}

/** Finds what nobody told the deliverer of: its job was lost, or a process was killed between recording and telling. */
export async function findOwed({ accounts, owes, nudge }: FindOwedPorts): Promise<void> {
  for (const account of await accounts()) if (await owes(account)) await nudge(account);
}
