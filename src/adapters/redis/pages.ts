import type { Cluster, Redis } from 'ioredis';
import type { Verdict } from '../../core/check.ts';
import type { Domain } from '../../core/domain.ts';
import type { DomainStatus } from '../../core/domain-status.ts';
import type { DomainPage, DomainPageRequest, ListedDomain } from '../../flow/admin/admin-store.ts';
import type { PinSetStore } from '../../flow/pin-set-store.ts';
import type { ReportUnreadable } from '../../flow/unreadable.ts';
import { attempt } from './json-object.ts';
import { accountKeys } from './keys.ts';
import { defineScript } from './script.ts';
import { parseStatus } from './status-text.ts';
import { parseSettings, rootsNamed } from './stored-domain.ts';

/** Names that one page examines to find matches, and bytes that it carries, to block neither Redis nor this process. */
const mostLookedAt = 2_000;
const mostPageBytes = 256 * 1024;

/** Domains whose pin sets are resolved in one step. */
const hostedAtOnce = 250;

/**
 * A page of an account's domains, by name. The index is rebuilt if its size differs from the number of domains:
 * stored by an older version, or changed by hand.
 * KEYS: names, domains, statuses
 * ARGV: after ('' for the start), how many, what the status has to have ('' for anything), names to look at, bytes,
 *       with settings (1/0)
 * Returns the name after which the next page starts ('' if there is none), then name, settings and status of each.
 */
const pageScript = `
if redis.call('ZCARD', KEYS[1]) ~= redis.call('HLEN', KEYS[2]) then
  redis.call('DEL', KEYS[1])
  for _, name in ipairs(redis.call('HKEYS', KEYS[2])) do redis.call('ZADD', KEYS[1], 0, name) end
end
local most = tonumber(ARGV[4])
local from = ARGV[1] == '' and '-' or '(' .. ARGV[1]
local names = redis.call('ZRANGEBYLEX', KEYS[1], from, '+', 'LIMIT', 0, most + 1)
local found, bytes, page = 0, 0, { '' }
for index, name in ipairs(names) do
  if index > most then
    page[1] = names[index - 1]
    break
  end
  local status = redis.call('HGET', KEYS[3], name) or ''
  if ARGV[3] == '' or string.find(status, ARGV[3], 1, true) then
    if found >= tonumber(ARGV[2]) or bytes >= tonumber(ARGV[5]) then
      page[1] = page[#page - 2]
      break
    end
    local settings = ARGV[6] == '1' and redis.call('HGET', KEYS[2], name) or ''
    found = found + 1
    bytes = bytes + #status + #settings
    table.insert(page, name)
    table.insert(page, settings)
    table.insert(page, status)
  end
end
return page
`;

/** Which names exist, without their values. KEYS: domains; ARGV: names */
const hasScript = `
local known = {}
for index, name in ipairs(ARGV) do known[index] = redis.call('HEXISTS', KEYS[1], name) end
return known
`;

export function createPages(redis: Redis | Cluster, report: ReportUnreadable) {
  const has = defineScript(redis, 'pinwatchHas', hasScript);
  const page = defineScript(redis, 'pinwatchPage', pageScript);

  async function read(account: string, after: string, count: number, fits: string, withSettings: boolean) {
    const { names, domains, statuses } = accountKeys(account);
    const [next = '', ...rows] = (await page(
      [names, domains, statuses],
      [after, count, fits, mostLookedAt, mostPageBytes, withSettings ? 1 : 0],
    )) as string[];
    const listed: [name: string, settings: string, status: string][] = [];
    for (let at = 0; at + 2 < rows.length; at += 3) {
      listed.push([rows[at] ?? '', rows[at + 1] ?? '', rows[at + 2] ?? '']);
    }
    return { next: next === '' ? null : next, listed };
  }

  function readStatus(account: string, domain: string, text: string): DomainStatus | null {
    if (text === '') return null;
    const { status, problem } = parseStatus(text);
    if (problem !== null)
      report({ key: accountKeys(account).statuses, field: domain, account, domain, problem });
    return status;
  }

  function readSettings(account: string, domain: string, text: string): Domain | null {
    // A list does not show a domain's roots.
    const read = attempt(() => parseSettings(text, rootsNamed(text) === null ? null : '', null));
    if (read.ok) return read.value;
    const { problem } = read;
    report({ key: accountKeys(account).domains, field: domain, account, domain, problem });
    return null;
  }

  return {
    async page(account: string, { after, limit, verdict }: DomainPageRequest): Promise<DomainPage> {
      const fits = verdict === null ? '' : `"verdict":${JSON.stringify(verdict)}`;
      const { next, listed } = await read(account, after ?? '', limit, fits, true);
      const domains = listed.map(
        ([name, settings, status]): ListedDomain => ({
          name,
          value: readSettings(account, name, settings),
          status: readStatus(account, name, status),
        }),
      );
      return { domains, next };
    },

    /** Domains as far as pin sets are resolved for them: some at a time, by name. */
    async hosted(account: string, after: string | null): ReturnType<PinSetStore['hostedDomains']> {
      const { next, listed } = await read(account, after ?? '', hostedAtOnce, '', true);
      const domains = listed.flatMap(([name, text]) => {
        const value = readSettings(account, name, text);
        return value === null ? [] : [{ name, host: value.host, text }];
      });
      return { domains, next };
    },

    /** Names of the domains with an open incident, some at a time. */
    async *open(account: string): AsyncIterable<string[]> {
      let after: string | null = '';
      while (after !== null) {
        const found = await read(account, after, mostLookedAt, '"open":["', false);
        yield found.listed.map(([name]) => name);
        after = found.next;
      }
    },

    /** Stored in one step with the records. */
    async verdicts(
      account: string,
      domains: readonly string[],
    ): Promise<ReadonlyMap<string, Verdict | null>> {
      if (domains.length === 0) return new Map();
      const texts = await redis.hmget(accountKeys(account).statuses, ...domains);
      const verdict = (domain: string, text: string | null | undefined) =>
        readStatus(account, domain, text ?? '')?.verdict ?? null;
      return new Map(domains.map((domain, index) => [domain, verdict(domain, texts[index])]));
    },

    async names(account: string, among: readonly string[] | null): Promise<string[]> {
      const key = accountKeys(account).domains;
      if (among === null) return (await redis.hkeys(key)).sort();
      if (among.length === 0) return [];
      const known = (await has([key], among)) as number[];
      return among.filter((_, index) => known[index] === 1);
    },
  };
}
