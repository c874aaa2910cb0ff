import { digestNotice, digestOf, weeklyEveryMs } from '../core/digest.ts';
import type { NotifySettings } from '../core/settings.ts';
import { endOfWait } from '../core/stored-time.ts';
import type { DigestStore } from './digest-store.ts';
import type { Journal } from './journal.ts';
import type { Outbox } from './outbox.ts';
import type { Overview } from './overview.ts';

export interface DigestPorts {
  readonly digestStore: DigestStore;
  readonly outbox: Pick<Outbox, 'pace'>;
  readonly statusesOf: (account: string) => Promise<Overview['domains']>;
  readonly clock: () => number;
  readonly journal: Journal;
}

/**
 * Makes the account's digest if it is due: it then waits for the weekly mail, which is due, too, so that it says what is
 * true when it is sent. The first one is due a period after an account was first seen.
 */
export async function makeDigest(account: string, rules: NotifySettings, ports: DigestPorts): Promise<void> {
  const { digestStore, statusesOf, clock, journal } = ports;
  const now = clock();
  const { madeAt, token } = await digestStore.load(account);
  if (madeAt === null) {
    await digestStore.commit(account, token, now, []);
    return;
  }
  const dueAt = await digestDueAt(account, madeAt, rules, ports);
  if (dueAt === null || now < dueAt) return;
  const digest = digestOf(await statusesOf(account), rules, now);
  const notices = digest === null ? [] : [digestNotice(account, digest, now)];
  if ((await digestStore.commit(account, token, now, notices)) === 'conflict') return;
  if (notices.length > 0) journal({ kind: 'digest', account });
}

/** In milliseconds since the epoch; null: this account gets none. */
async function digestDueAt(
  account: string,
  madeAt: number,
  rules: NotifySettings,
  { outbox, clock }: Pick<DigestPorts, 'outbox' | 'clock'>,
): Promise<number | null> {
  if (rules.digestEveryMs === 0) return null;
  const now = clock();
  const { lastWeeklyAt } = await outbox.pace(account);
  const afterMail = lastWeeklyAt === 0 ? 0 : endOfWait(lastWeeklyAt, weeklyEveryMs(rules), now);
  return Math.max(endOfWait(madeAt, rules.digestEveryMs, now), afterMail);
}

export interface DueDigestPorts extends Pick<DigestPorts, 'digestStore' | 'outbox' | 'clock'> {
  readonly rules: (account: string) => Promise<NotifySettings>;
}

/** Of an account that is not due yet, this long nothing is read again: its settings may change. */
const longestMs = 3_600_000;

/** Finds the accounts whose digest is due, or was never looked at. */
export function createDueDigests({ digestStore, outbox, clock, rules }: DueDigestPorts): {
  isDue(account: string): Promise<boolean>;
} {
  const notBefore = new Map<string, number>();
  return {
    async isDue(account) {
      const now = clock();
      const at = notBefore.get(account) ?? 0;
      if (now < at && at <= now + longestMs) return false;
      const { madeAt } = await digestStore.load(account);
      if (madeAt === null) return true;
      const dueAt = await digestDueAt(account, madeAt, await rules(account), { outbox, clock });
      if (dueAt !== null && dueAt <= now) return true;
      notBefore.set(account, Math.min(dueAt ?? Number.POSITIVE_INFINITY, now + longestMs));
      return false;
    },
  };
}
