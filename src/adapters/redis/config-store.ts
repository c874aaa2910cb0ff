import { randomUUID } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import {
  type Candidate,
  type ConfigState,
  type ConfigVersion,
  candidateKeptMs,
  mostCandidates,
  mostVersions,
} from '../../core/config-state.ts';
import { isRecent } from '../../core/stored-time.ts';
import type { ConfigStore } from '../../flow/publish/config-store.ts';
import { type ReportUnreadable, Unreadable } from '../../flow/unreadable.ts';
import { auditLimit } from './audit-limit.ts';
import { attempt, parseObject } from './json-object.ts';
import { accountKeys, accountsKey, channelsKey, configsKey } from './keys.ts';
import { defineScript } from './script.ts';

/**
 * KEYS: account, config, versions, audit, state of the pin sets
 * ARGV: expected ('' for none), state, bundle ('' leaves it), version ('' for none), its text, the version that goes,
 *       audit entry ('' for none), audit limit, the next revision of the pin sets if they are others now ('' if not)
 */
const saveScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if (redis.call('HGET', KEYS[2], 'state') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], 'state', ARGV[2])
if ARGV[3] ~= '' then redis.call('HSET', KEYS[2], 'bundle', ARGV[3]) end
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[3], ARGV[4], ARGV[5])
  redis.call('HDEL', KEYS[3], ARGV[6])
end
if ARGV[7] ~= '' then
  redis.call('LPUSH', KEYS[4], ARGV[7])
  redis.call('LTRIM', KEYS[4], 0, tonumber(ARGV[8]) - 1)
end
if ARGV[9] ~= '' then redis.call('HSET', KEYS[5], 'revision', ARGV[9], 'pending', ARGV[9]) end
return 1
`;

/** By one clock, so that no server misses what another has saved. KEYS: configs; ARGV: account */
const markScript = `
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])
return 1
`;

/** To remove the account would take away its channel, which apps have built in. */
function remedyFor(key: string, field: string): string {
  return `restore the field ${field} of ${key} from a backup of Redis; until then what is served stays as it is. Don't remove the account: its channel would be lost`;
}

/** Requests in flight: with thousands of accounts, one after another would take long. */
const atOnce = 50;

export function createConfigStore(redis: Redis | Cluster, report: ReportUnreadable = () => {}): ConfigStore {
  const saveState = defineScript(redis, 'pinwatchSaveConfig', saveScript);
  const mark = defineScript(redis, 'pinwatchMarkConfig', markScript);

  function read<T>(account: string, key: string, field: string, text: string): T {
    const found = attempt(() => parseObject(text) as T);
    if (found.ok) return found.value;
    const value = {
      key,
      field,
      account,
      domain: null,
      problem: found.problem,
      remedy: remedyFor(key, field),
    };
    report(value);
    throw new Unreadable(value, text);
  }

  /** false: another account uses the channel. */
  async function claim(channel: string, account: string): Promise<boolean> {
    if ((await redis.hsetnx(channelsKey, channel, account)) === 1) return true;
    const owner = await redis.hget(channelsKey, channel);
    if (owner === null || owner === account) return true;
    const text = await redis.hget(accountKeys(owner).config, 'state');
    if (
      text !== null &&
      read<ConfigState>(owner, accountKeys(owner).config, 'state', text).channel === channel
    )
      return false;
    // That account is gone, or has another channel by now.
    await redis.hset(channelsKey, channel, account);
    return true;
  }

  return {
    async state(account) {
      const { config } = accountKeys(account);
      const text = await redis.hget(config, 'state');
      return text === null ? null : { value: read<ConfigState>(account, config, 'state', text), text };
    },

    async save(account, expected, { state, bundle = '', version, audit, resolve = false }) {
      if (expected === null && !(await claim(state.channel, account))) return 'taken';
      const keys = accountKeys(account);
      const saved = await saveState(
        [keys.account, keys.config, keys.configVersions, keys.audit, keys.pinState],
        [
          expected ?? '',
          JSON.stringify(state),
          bundle,
          version?.version ?? '',
          version === undefined ? '' : JSON.stringify(version),
          (version?.version ?? 0) - mostVersions,
          audit === undefined ? '' : JSON.stringify(audit),
          auditLimit,
          resolve ? randomUUID() : '',
        ],
      );
      if (saved !== 1) return 'conflict';
      await mark([configsKey], [account]);
      return 'stored';
    },

    async versions(account) {
      const { configVersions: key } = accountKeys(account);
      const found = Object.entries(await redis.hgetall(key));
      return found
        .map(([field, text]) => read<ConfigVersion>(account, key, field, text))
        .sort((a, b) => b.version - a.version);
    },

    async version(account, version) {
      const { configVersions: key } = accountKeys(account);
      const text = await redis.hget(key, String(version));
      return text === null ? null : read<ConfigVersion>(account, key, String(version), text);
    },

    async keepCandidate(account, candidate, now) {
      const { configCandidates: key } = accountKeys(account);
      const kept = Object.entries(await redis.hgetall(key))
        .map(([field, text]) => ({ field, checkedAt: read<Candidate>(account, key, field, text).checkedAt }))
        .sort((a, b) => b.checkedAt - a.checkedAt);
      const gone = kept.filter(
        ({ checkedAt }, index) => index >= mostCandidates - 1 || !isRecent(checkedAt, now, candidateKeptMs),
      );
      if (gone.length > 0) await redis.hdel(key, ...gone.map(({ field }) => field));
      await redis.hset(key, candidate.id, JSON.stringify(candidate));
      await redis.pexpire(key, candidateKeptMs);
    },

    async candidate(account, id) {
      const { configCandidates: key } = accountKeys(account);
      const text = await redis.hget(key, id);
      return text === null ? null : read<Candidate>(account, key, id, text);
    },

    async changedSince(since) {
      if (since === null) {
        const [, last = '0'] = await redis.zrevrange(configsKey, 0, 0, 'WITHSCORES');
        return { accounts: await redis.smembers(accountsKey), mark: Number(last) };
      }
      // What was saved in the same millisecond may come again.
      const found = await redis.zrangebyscore(configsKey, since, '+inf', 'WITHSCORES');
      const accounts = found.filter((_, index) => index % 2 === 0);
      return { accounts, mark: Math.max(since, ...found.filter((_, index) => index % 2 === 1).map(Number)) };
    },

    async states(accounts) {
      const states: { account: string; state: ConfigState }[] = [];
      for (let start = 0; start < accounts.length; start += atOnce) {
        const batch = accounts.slice(start, start + atOnce);
        const texts = await Promise.all(
          batch.map((account) => redis.hget(accountKeys(account).config, 'state')),
        );
        for (const [index, text] of texts.entries()) {
          const account = batch[index] ?? '';
          if (text === null || text === undefined) continue;
          const { config: key } = accountKeys(account);
          const found = attempt(() => parseObject(text) as unknown as ConfigState);
          // Apps keep what they have.
          if (found.ok) states.push({ account, state: found.value });
          else report({ key, field: 'state', account, domain: null, problem: found.problem });
        }
      }
      return states;
    },

    bundle: (account) => redis.hget(accountKeys(account).config, 'bundle'),
  };
}
