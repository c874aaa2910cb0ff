import type { Cluster, Redis } from 'ioredis';
import type { Account, Domain, ProvisionedAccount } from '../../core/domain.ts';
import { domainName } from '../../core/domain.ts';
import { statusOf } from '../../core/domain-status.ts';
import { blankRecord } from '../../core/record.ts';
import type { DomainRef } from '../../flow/probe-store.ts';
import type { ProvisioningStore } from '../../flow/provision.ts';
import type { ReportUnreadable } from '../../flow/unreadable.ts';
import { domainLocals, domainLua } from './domain-lua.ts';
import { accountKeys, accountsKey, configKeys, domainKeys, historyKey } from './keys.ts';
import { defineScript } from './script.ts';
import { statusText } from './status-text.ts';
import { rootsOf, settingsText } from './stored-domain.ts';
import { createStoredReader } from './stored-reader.ts';

/**
 * Replaces or removes some domains of an account at a time.
 * KEYS: as in domain-lua.ts, then the histories of the removed domains
 * ARGV: for each that stays \`put\`, name, settings, status if it has none, roots; for each removed \`take\`, name,
 * then '' three times
 */
const provisionScript = `
${domainLocals(1)}
${domainLua}
count()
local gone = 0
for i = 1, #ARGV, 5 do
  local name = ARGV[i + 1]
  local before = redis.call('HGET', domains, name)
  if ARGV[i] == 'put' then
    put(name, before, ARGV[i + 2], ARGV[i + 4])
    redis.call('HSETNX', statuses, name, ARGV[i + 3])
  else
    gone = gone + 1
    if before then take(name, before) end
    redis.call('DEL', KEYS[7 + gone])
  end
end
return 1
`;

/** Domains per step: Redis does nothing else meanwhile, and neither does this process. */
const batchSize = 250;

/** With thousands of small accounts, one answer after another would take long. */
const accountsAtOnce = 8;

export function createProvisioningStore(
  redis: Redis | Cluster,
  report: ReportUnreadable = () => {},
): ProvisioningStore {
  const provision = defineScript(redis, 'pinwatchProvision', provisionScript);
  const stored = createStoredReader(redis, report);

  async function change(account: string, puts: readonly Domain[], takes: readonly string[]): Promise<void> {
    const steps = [
      ...puts.map((domain) => ({ keys: [] as string[], args: putArguments(domain) })),
      ...takes.map((name) => ({ keys: [historyKey(account, name)], args: ['take', name, '', '', ''] })),
    ];
    for (let start = 0; start < steps.length; start += batchSize) {
      const batch = steps.slice(start, start + batchSize);
      await provision(
        [...domainKeys(account), ...batch.flatMap(({ keys }) => keys)],
        batch.flatMap(({ args }) => args),
      );
    }
  }

  async function provisionAccount(account: ProvisionedAccount, isKnown: boolean): Promise<AccountChanges> {
    const keys = accountKeys(account.name);
    const { domains, ...settings } = account;
    const owner = await redis.get(keys.account);
    const text = JSON.stringify(settings);
    if (owner !== text) await redis.set(keys.account, text);
    const changes = noChanges();
    const wanted = await provisionDomains(account.name, domains, changes);
    // More than the wanted ones: some must be removed, or were added at runtime.
    if ((await redis.hlen(keys.domains)) > wanted.size) {
      const gone = await stored.provisioned(account.name, (domain) => !wanted.has(domain));
      await change(account.name, [], gone.names);
      for (const domain of gone.names) changes.removed.push({ account: account.name, domain });
    }
    if (!isKnown) await redis.sadd(accountsKey, account.name);
    const contacts = owner === null ? undefined : stored.account(account.name, owner)?.contacts;
    const isRecontacted =
      contacts !== undefined && JSON.stringify(contacts) !== JSON.stringify(account.contacts);
    return { ...changes, isRecontacted };
  }

  /** Writes the domains that differ from the stored ones, some at a time. Returns the names of all. */
  async function provisionDomains(
    account: string,
    domains: readonly Domain[],
    { added, changed }: Changes,
  ): Promise<ReadonlySet<string>> {
    const keys = accountKeys(account);
    const kept = new Set(await redis.hkeys(keys.roots));
    const names = new Set<string>();
    for (let start = 0; start < domains.length; start += batchSize) {
      const batch = domains.slice(start, start + batchSize);
      const batchNames = batch.map(domainName);
      const texts = await redis.hmget(keys.domains, ...batchNames);
      const puts: Domain[] = [];
      for (const [index, domain] of batch.entries()) {
        const name = batchNames[index] ?? '';
        names.add(name);
        const before = texts[index] ?? null;
        const next = before === null ? domain : withMute(account, name, domain, before);
        const named = rootsOf(next)?.id;
        if (before === settingsText(next) && (named === undefined || kept.has(named))) continue;
        (before === null ? added : changed).push({ account, domain: name });
        puts.push(next);
      }
      await change(account, puts, []);
    }
    return names;
  }

  /** Settings made at runtime that the file can't have stay. */
  function withMute(account: string, name: string, domain: Domain, before: string): Domain {
    return before === settingsText(domain)
      ? domain
      : { ...domain, ...muteOf(stored.domain(account, name, before)) };
  }

  /** Removes an account that the file no longer has, unless it has runtime domains, which must not silently stop. */
  async function releaseAccount(
    name: string,
    { provisionedBy: _, ...settings }: Partial<Account>,
    changes: Changes,
  ): Promise<void> {
    const keys = accountKeys(name);
    const provisioned = await stored.provisioned(name, () => true);
    for (const domain of provisioned.names) changes.removed.push({ account: name, domain });
    await change(name, [], provisioned.names);
    if (provisioned.names.length === provisioned.count) {
      const kept = Object.values<string>(configKeys(name));
      await redis.del(...Object.values(keys).filter((key) => !kept.includes(key)));
      await redis.srem(accountsKey, name);
      return;
    }
    await redis.set(keys.account, JSON.stringify(settings));
  }

  async function releaseIfGone(name: string, changes: Changes): Promise<void> {
    const text = await redis.get(accountKeys(name).account);
    const settings = text === null ? null : stored.account(name, text);
    // It is unknown whether an unreadable account came from a file: it stays.
    if (settings?.provisionedBy !== undefined) await releaseAccount(name, settings, changes);
  }

  return {
    accounts: () => redis.smembers(accountsKey),

    async provision(accounts) {
      const changes = noChanges();
      const recontacted: string[] = [];
      const known = new Set(await redis.smembers(accountsKey));
      for (let start = 0; start < accounts.length; start += accountsAtOnce) {
        const batch = accounts.slice(start, start + accountsAtOnce);
        const made = await Promise.all(
          batch.map((account) => provisionAccount(account, known.has(account.name))),
        );
        for (const [index, { added, changed, removed, isRecontacted }] of made.entries()) {
          for (const ref of added) changes.added.push(ref);
          for (const ref of changed) changes.changed.push(ref);
          for (const ref of removed) changes.removed.push(ref);
          if (isRecontacted) recontacted.push(batch[index]?.name ?? '');
        }
      }
      const wanted = new Set(accounts.map(({ name }) => name));
      for (const name of await redis.smembers(accountsKey)) {
        if (!wanted.has(name)) await releaseIfGone(name, changes);
      }
      return { ...changes, recontacted };
    },
  };
}

type Changes = Record<'added' | 'changed' | 'removed', DomainRef[]>;

interface AccountChanges extends Changes {
  /** Its contacts have changed. */
  readonly isRecontacted: boolean;
}

function noChanges(): Changes {
  return { added: [], changed: [], removed: [] };
}

function muteOf(stored: Partial<Domain> | null): Pick<Domain, 'mutedUntil' | 'mutedAt'> {
  const { mutedUntil, mutedAt } = stored ?? {};
  return {
    ...(typeof mutedUntil === 'number' ? { mutedUntil } : {}),
    ...(typeof mutedAt === 'number' ? { mutedAt } : {}),
  };
}

/** The metrics show a domain from the start, with timestamps of 0, so that one that is never probed is visible. */
function putArguments(domain: Domain): string[] {
  const status = statusText(statusOf(domain, blankRecord));
  return ['put', domainName(domain), settingsText(domain), status, rootsOf(domain)?.pem ?? ''];
}
