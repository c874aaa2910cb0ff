export interface FindOwedPorts {
  readonly accounts: () => Promise<readonly string[]>;
  /** A notice waits for a letter, or a letter for its delivery. */
  readonly owes: (account: string) => Promise<boolean>;
  readonly nudge: (account: string) => Promise<void>;
}

/** Finds notices without a delivery job: the job was lost, or a process was killed between recording and nudging. */
export async function findOwed({ accounts, owes, nudge }: FindOwedPorts): Promise<void> {
  const failures: unknown[] = [];
  for (const account of await accounts()) {
    try {
      if (await owes(account)) await nudge(account);
    } catch (error) {
      // Bad values of one account must not keep other accounts from their mail.
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
