import type { ReportUnreadable } from './unreadable.ts';
import type { UnreadableValue } from './unreadable-value.ts';

/** Every method rejects if the store can't be used. */
export interface StoreMender {
  /**
   * The same for keys that belong to no single account. The list of accounts is rebuilt from the accounts. Not the
   * tokens: a store that has lost them must not let anyone in.
   */
  mendShared(): Promise<readonly UnreadableValue[]>;
  accounts(): Promise<readonly string[]>;
  /** Sets aside values of the wrong type in an account's keys, and returns them. */
  mend(account: string): Promise<readonly UnreadableValue[]>;
}

/** With thousands of accounts, one answer after another would take long. */
const accountsAtOnce = 20;

/**
 * Looks for values of the wrong type: no command can read or write them, so the account's domains could not be probed.
 * They are reported and set aside; true: what comes from the file has to be put back.
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
