import type { ReportUnreadable } from './unreadable.ts';
import type { UnreadableValue } from './unreadable-value.ts';

/** Every method rejects when the store can't be used. */
export interface StoreMender {
  /**
   * The same for what is of no single account. The list of accounts is made anew from the accounts themselves. Not the
   * tokens: whoever lost them is not to be let in.
   */
  mendShared(): Promise<readonly UnreadableValue[]>;
  accounts(): Promise<readonly string[]>;
  /** Sets aside what an account's keys hold instead of what they should; gives what that was. */
  mend(account: string): Promise<readonly UnreadableValue[]>;
}

/** Thousands of accounts would wait for one answer after another. */
const accountsAtOnce = 20;

/**
 * Looks for values of another type than they should be: no command can read or write them, so that the account's domains
 * could not be probed. What is found is told, and set aside; true: what comes from the file has to be put back.
 */
export async function mendStore(mender: StoreMender, report: ReportUnreadable): Promise<boolean> {
  const found: UnreadableValue[] = [...(await mender.mendShared())];
  const accounts = await mender.accounts();
  for (let start = 0; start < accounts.length; start += accountsAtOnce) {
    const batch = accounts.slice(start, start + accountsAtOnce);
    found.push(...(await Promise.all(batch.map((account) => mender.mend(account)))).flat());
  }
  for (const value of found) report(value);
  return found.length > 0;
}
