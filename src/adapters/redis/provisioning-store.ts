import { randomUUID } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import type { Account, Domain, ProvisionedAccount } from '../../core/domain.ts';
import { domainName } from '../../core/domain.ts';
import { statusOf } from '../../core/domain-status.ts';
import { importChanges } from '../../core/import-changes.ts';
import type { ProvisionedImport } from '../../core/imported-set.ts';
import { blankRecord } from '../../core/record.ts';
import type { AccountSets } from '../../flow/pin-set-store.ts';
import type { DomainRef } from '../../flow/probe-store.ts';
import type { ProvisioningStore } from '../../flow/provision.ts';
import { createResolver } from '../../flow/resolve-pin-sets.ts';
import type { ReportUnreadable } from '../../flow/unreadable.ts';
import { domainLocals, domainLua } from './domain-lua.ts';
import { accountKeys, accountsKey, configKeys, domainKeyCount, domainKeys, historyKey } from './keys.ts';
import { oweKeyCount, oweKeys, oweLocals } from './owe-lua.ts';
import { createPinSetStore } from './pin-set-store.ts';
import { removalLua, removalOf } from './removal.ts';
import { defineScript } from './script.ts';
import { statusText } from './status-text.ts';
import { rootsOf, setsText, settingsText } from './stored-domain.ts';
import { createStoredReader } from './stored-reader.ts';

/**
 * Replaces or removes some domains of an account at a time.
 * KEYS: as in domain-lua.ts and owe-lua.ts, then the histories of the removed domains
 * ARGV: revision of the pin sets, a token for what becomes pending if it is another one, the pin sets by fingerprint as a
 * JSON object, now, how many domains; for each that stays \`put\`, name, settings, status if it has none, roots; for each
 * removed \`take\`, name, version of its record, then '' twice; then for each notice of what ends with a removed domain its
 * name, its times in the outbox, separated by spaces, its text and its short form
 * Gives the names of those that are not removed, because a probe has stored a newer record.
 */
const provisionScript = `
${domainLocals(1)}
${oweLocals(1 + domainKeyCount)}
${domainLua}
${removalLua}
count()
resolvedAt(ARGV[1], ARGV[2])
local sets = cjson.decode(ARGV[3])
local gone = 0
local again = {}
local taken = {}
local last = 5 + 5 * tonumber(ARGV[5])
for i = 6, last, 5 do
  local name = ARGV[i + 1]
  local before = redis.call('HGET', domains, name)
  if ARGV[i] == 'put' then
    put(name, before, ARGV[i + 2], ARGV[i + 4], sets)
    redis.call('HSETNX', statuses, name, ARGV[i + 3])
  else
    gone = gone + 1
    if versionOf(name) ~= tonumber(ARGV[i + 2]) then
      table.insert(again, name)
    else
      if before then take(name, before) end
      taken[name] = before
      redis.call('DEL', KEYS[${domainKeyCount + oweKeyCount} + gone])
    end
  end
end
-- Another process with the same file may have removed it first: then that one has told it.
for i = last + 1, #ARGV, 4 do
  if taken[ARGV[i]] then owe(ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[4]) end
end
return again
`;

/** Domains per step: Redis does nothing else meanwhile, and neither does this process. */
const batchSize = 250;

/** Beyond this, people change the pin sets of an account faster than the file can. */
const mostAttempts = 10;

/** With thousands of small accounts, one answer after another would take long. */
const accountsAtOnce = 8;

export function createProvisioningStore(
  redis: Redis | Cluster,
  report: ReportUnreadable = () => {},
  clock: () => number = Date.now,
): ProvisioningStore {
  const provision = defineScript(redis, 'pinwatchProvision', provisionScript);
  const stored = createStoredReader(redis, report);
  const pinSetStore = createPinSetStore(redis, report);

  async function put(account: string, revision: string, puts: readonly Domain[]): Promise<void> {
    for (let start = 0; start < puts.length; start += batchSize) {
      const batch = puts.slice(start, start + batchSize);
      const rows = batch.flatMap(putArguments);
      await provision(
        [...domainKeys(account), ...oweKeys(account)],
        [revision, randomUUID(), setsText(batch), clock(), batch.length, ...rows],
      );
    }
  }

  async function take(account: string, revision: string, names: readonly string[]): Promise<void> {
    for (let start = 0; start < names.length; start += batchSize) {
      let left: readonly string[] = names.slice(start, start + batchSize);
      for (let attempt = 0; left.length > 0; attempt += 1) {
        if (attempt === mostAttempts)
          throw new Error(
            `${left[0]} of ${account} was probed ${mostAttempts} times while it was being removed`,
          );
        left = await takeSome(account, revision, left);
      }
    }
  }

  /** Returns those that are still there, because they were probed meanwhile. */
  async function takeSome(account: string, revision: string, names: readonly string[]): Promise<string[]> {
    const keys = accountKeys(account);
    const [settings, records, statuses] = await Promise.all([
      redis.hmget(keys.domains, ...names),
      redis.hmgetBuffer(keys.records, ...names),
      redis.hmget(keys.statuses, ...names),
    ]);
    const now = clock();
    const removed = names.map((name, index) => {
      const [text, record, status] = [settings[index], records[index], statuses[index]];
      const stored = { name, settings: text ?? null, record: record ?? null, status: status ?? null };
      return { name, ...removalOf(stored, { at: now, by: null }) };
    });
    return (await provision(
      [...[...domainKeys(account), ...oweKeys(account)], ...names.map((name) => historyKey(account, name))],
      [
        ...[revision, randomUUID(), setsText([]), now, names.length],
        ...removed.flatMap(({ name, version }) => ['take', name, version, '', '']),
        ...removed.flatMap(({ name, notices }) => notices.flatMap((notice) => [name, ...notice])),
      ],
    )) as string[];
  }

  async function provisionAccount(account: ProvisionedAccount, isKnown: boolean): Promise<AccountChanges> {
    const keys = accountKeys(account.name);
    const { domains, pinSets = [], ...settings } = account;
    const owner = await redis.get(keys.account);
    const text = JSON.stringify(settings);
    if (owner !== text) await redis.set(keys.account, text);
    const changes = noChanges();
    const sets = await provisionSets(account.name, pinSets);
    const wanted = await provisionDomains(account.name, domains, sets, changes);
    // More than the wanted ones: some must be removed, or were added at runtime.
    if ((await redis.hlen(keys.domains)) > wanted.size) {
      const gone = await stored.provisioned(account.name, (domain) => !wanted.has(domain));
      await take(account.name, sets.revision, gone.names);
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
    { revision, ...found }: AccountSets,
    { added, changed }: Changes,
  ): Promise<ReadonlySet<string>> {
    const keys = accountKeys(account);
    const resolve = createResolver(found);
    const kept = new Set(await redis.hkeys(keys.roots));
    const names = new Set<string>();
    for (let start = 0; start < domains.length; start += batchSize) {
      const batch = domains.slice(start, start + batchSize);
      const batchNames = batch.map(domainName);
      const texts = await redis.hmget(keys.domains, ...batchNames);
      const puts: Domain[] = [];
      for (const [index, own] of batch.entries()) {
        const pinSets = resolve(own.host);
        const domain = pinSets.length === 0 ? own : { ...own, pinSets };
        const name = batchNames[index] ?? '';
        names.add(name);
        const before = texts[index] ?? null;
        const next = before === null ? domain : withMute(account, name, domain, before);
        const named = rootsOf(next)?.id;
        if (before === settingsText(next) && (named === undefined || kept.has(named))) continue;
        (before === null ? added : changed).push({ account, domain: name });
        puts.push(next);
      }
      await put(account, revision, puts);
    }
    return names;
  }

  /** Makes the file's pin sets those of the account, besides those that were imported at runtime. */
  async function provisionSets(account: string, imports: readonly ProvisionedImport[]): Promise<AccountSets> {
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      const before = await pinSetStore.pinSets(account);
      const changes = importChanges(before.sets, imports);
      if (changes.length === 0) return before;
      await pinSetStore.savePinSets(account, before.revision, changes, []);
    }
    throw new Error(`the pin sets of ${account} changed ${mostAttempts} times while they were being stored`);
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
    const { revision } = await provisionSets(name, []);
    await take(name, revision, provisioned.names);
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
