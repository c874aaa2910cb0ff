import { randomUUID } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { dueAtOnce, type LetterState } from '../../core/addressee.ts';
import type { Account } from '../../core/domain.ts';
import type { Notice } from '../../core/notice.ts';
import { type Pace, paceFields } from '../../core/outbox.ts';
import type { Outbox, StoredLetter } from '../../flow/outbox.ts';
import type { ReportUnreadable } from '../../flow/unreadable.ts';
import { attempt, parseObject } from './json-object.ts';
import { accountKeys } from './keys.ts';
import { parseBody } from './letter-body.ts';
import { createClaims } from './letter-claims.ts';
import { type LetterMeta, readMeta, writeMeta } from './letter-meta.ts';
import { zeroIfMisused } from './misuse.ts';
import { defineScript } from './script.ts';

/**
 * Moves what waits into one letter, and copies of it into one for each channel; does nothing if the pace, or a letter to
 * join, is not the one that was read (another process was faster). The body is assembled as text: Lua's JSON library would turn empty arrays into
 * objects.
 * KEYS: notices, weekly notices, outbox, letters, bodies, claims
 * ARGV: waitingSince, weeklyWaitingSince, lastLetterAt, with weekly (1/0), now, then for the mail and each channel the
 *       letter's id, its JSON without the notices, the stored JSON of the letter that grows ('' for a new one)
 */
const cutScript = `
local pace = redis.call('HMGET', KEYS[3], 'waitingSince', 'weeklyWaitingSince', 'lastLetterAt')
for i = 1, 3 do
  if (tonumber(pace[i] or 0) or 0) ~= tonumber(ARGV[i]) then return 0 end
end
local bodies, before = {}, {}
for i = 6, #ARGV, 3 do
  local id, grows = ARGV[i], ARGV[i + 2]
  bodies[i], before[i] = '', 0
  if grows ~= '' then
    if redis.call('HGET', KEYS[4], id) ~= grows or redis.call('HEXISTS', KEYS[6], id) == 1 then return 0 end
    bodies[i] = string.sub(redis.call('HGET', KEYS[5], id), 2, -2) .. ','
    before[i] = tonumber(string.match(grows, '"notices":(%d+)')) or 0
  end
end
local notices = redis.call('LRANGE', KEYS[1], 0, -1)
redis.call('DEL', KEYS[1])
if redis.call('HEXISTS', KEYS[3], 'alarmSince') == 1 then redis.call('HSET', KEYS[3], 'lastAlarmAt', ARGV[5]) end
redis.call('HDEL', KEYS[3], 'waitingSince', 'alarmSince', 'criticalSince')
if ARGV[4] == '1' then
  local weekly = redis.call('LRANGE', KEYS[2], 0, -1)
  for _, notice in ipairs(weekly) do table.insert(notices, notice) end
  redis.call('DEL', KEYS[2])
  redis.call('HDEL', KEYS[3], 'weeklyWaitingSince')
  redis.call('HSET', KEYS[3], 'lastWeeklyAt', ARGV[5])
end
if #notices == 0 then return 0 end
redis.call('HSET', KEYS[3], 'lastLetterAt', ARGV[5])
local news = table.concat(notices, ',')
for i = 6, #ARGV, 3 do
  local count = string.format('{"notices":%d,', before[i] + #notices)
  redis.call('HSET', KEYS[4], ARGV[i], count .. string.sub(ARGV[i + 1], 2))
  redis.call('HSET', KEYS[5], ARGV[i], '[' .. bodies[i] .. news .. ']')
end
return 1
`;

/**
 * KEYS: letters, bodies, claims
 * ARGV: a letter's id, its stored JSON, then what it becomes and the other letter, each as id, JSON and body
 */
const apartScript = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] or redis.call('HEXISTS', KEYS[3], ARGV[1]) == 1 then return 0 end
for i = 3, #ARGV, 3 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 2])
end
return 1
`;

/**
 * KEYS: outbox, letters, bodies
 * ARGV: the field of those known, what it was before ('' for none), what it is now, then for each letter its id, JSON
 *       and body
 */
const introduceScript = `
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
for i = 4, #ARGV, 3 do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 2])
end
return 1
`;

/** Notices may be large, and many: only whose they are is sent. KEYS: notices, weekly notices */
const waitingScript = `
local incidents = {}
for _, key in ipairs(KEYS) do
  for _, notice in ipairs(redis.call('LRANGE', key, 0, -1)) do
    local incident = string.match(notice, '^{"incident":"([^"]*)"')
    if incident then table.insert(incidents, incident) end
  end
end
return incidents
`;

export function createOutbox(redis: Redis | Cluster, report: ReportUnreadable = () => {}): Outbox {
  const cut = defineScript(redis, 'pinwatchCut', cutScript);
  const setApart = defineScript(redis, 'pinwatchSetApart', apartScript);
  const introduce = defineScript(redis, 'pinwatchIntroduce', introduceScript);
  const waiting = defineScript(redis, 'pinwatchWaiting', waitingScript);

  async function contacts(account: string) {
    const keys = accountKeys(account);
    const [owner, [known = null, knownChannels = null], domains] = await Promise.all([
      redis.get(keys.account),
      redis.hmget(keys.outbox, 'contacts', 'channels'),
      redis.hlen(keys.domains).catch(zeroIfMisused),
    ]);
    if (owner === null) return null;
    const { contacts: now, channels } = destinationsOf(owner);
    return { now, channels, domains, known: namesIn(known), knownChannels: namesIn(knownChannels) };
  }

  async function readAlertsAt(account: string): Promise<number> {
    return Number((await redis.hget(accountKeys(account).outbox, 'alertsAt')) ?? 0) || 0;
  }

  async function waitingOf(account: string): Promise<string[]> {
    const keys = accountKeys(account);
    return (await waiting([keys.notices, keys.weeklyNotices], [])) as string[];
  }

  async function letters(account: string): Promise<StoredLetter[]> {
    const keys = accountKeys(account);
    const stored = Object.entries(await redis.hgetall(keys.letters));
    if (stored.length === 0) return [];
    const claimed = await redis.hkeys(keys.letterClaims);
    return stored
      .flatMap(([id, text]) => {
        const read = attempt(() => readLetter(text, claimed.includes(id)));
        if (read.ok) return [read.value];
        const { problem } = read;
        report({ key: keys.letters, field: id, account, domain: null, problem, remedy: 'remove this field' });
        return [];
      })
      .sort((a, b) => a.createdAt - b.createdAt);
  }

  async function contents(account: string, some: readonly StoredLetter[]) {
    if (some.length === 0) return new Map<string, Notice[]>();
    const bodies = await redis.hmget(accountKeys(account).letterBodies, ...some.map(({ id }) => id));
    return new Map(
      some.flatMap(({ id }, index) => {
        const read = parseBody(bodies[index] ?? null);
        return read.ok ? [[id, read.value] as const] : [];
      }),
    );
  }

  return {
    contacts,
    letters,
    contents,
    claim: createClaims(redis, report),

    async owes(account) {
      const keys = accountKeys(account);
      const counts = await Promise.all([
        redis.llen(keys.notices),
        redis.llen(keys.weeklyNotices),
        redis.hlen(keys.letters),
      ]);
      if (counts.some((count) => count > 0)) return true;
      if ((await readAlertsAt(account)) > 0) return true;
      const found = await contacts(account);
      if (found?.known == null) return false;
      const names = found.channels.map(({ name }) => name);
      return (
        JSON.stringify(found.known) !== JSON.stringify(found.now) ||
        JSON.stringify(found.knownChannels ?? []) !== JSON.stringify(names)
      );
    },

    alertsAt: readAlertsAt,

    async setAlertsAt(account, at) {
      const { outbox } = accountKeys(account);
      if (at === 0) await redis.hdel(outbox, 'alertsAt');
      else await redis.hset(outbox, 'alertsAt', at);
    },

    async pace(account) {
      const stored = await redis.hgetall(accountKeys(account).outbox);
      return Object.fromEntries(
        paceFields.map((name) => [name, Number(stored[name] ?? 0)]),
      ) as unknown as Pace;
    },

    async cut(account, pace, weekly, now, into, channels = []) {
      const keys = accountKeys(account);
      const fresh = () => ({ id: randomUUID(), createdAt: now, addressees: [], audience: null });
      const letter = into === null ? fresh() : { ...into, addressees: dueAtOnce(into.addressees, now) };
      const done = await cut(
        [keys.notices, keys.weeklyNotices, keys.outbox, keys.letters, keys.letterBodies, keys.letterClaims],
        [
          pace.waitingSince,
          pace.weeklyWaitingSince,
          pace.lastLetterAt,
          weekly ? 1 : 0,
          now,
          letter.id,
          writeMeta(letter),
          into?.token ?? '',
          // Not due at once: a service may have asked for a pause.
          ...channels.flatMap(({ channel, into: grows }) => {
            const one = grows ?? { ...fresh(), channel };
            return [one.id, writeMeta(one), grows?.token ?? ''];
          }),
        ],
      );
      return done === 1;
    },

    async incidentsWaiting(account) {
      return new Set(await waitingOf(account));
    },

    async setApart(account, letter, stay, go) {
      const keys = accountKeys(account);
      const rows = [
        [letter, stay],
        [{ ...letter, id: randomUUID() }, go],
      ] as const;
      const done = await setApart(
        [keys.letters, keys.letterBodies, keys.letterClaims],
        [letter.id, letter.token, ...rows.flatMap(([one, notices]) => storedAs(one, notices))],
      );
      return done === 1;
    },

    async incidentsOwed(account) {
      // First: what is moved into a letter meanwhile is found there.
      const waits = await waitingOf(account);
      const forAll = (await letters(account)).filter(
        ({ audience, channel }) => audience === null && channel === undefined,
      );
      const inLetters = [...(await contents(account, forAll)).values()].flat();
      return new Set([...waits, ...inLetters.map(({ incident }) => incident)]);
    },

    async introduce(account, { now: contacts, known }, audience, transitions, now) {
      const keys = accountKeys(account);
      const letter: LetterState = { id: randomUUID(), createdAt: now, addressees: [], audience };
      await introduce(
        [keys.outbox, keys.letters, keys.letterBodies],
        [
          'contacts',
          known === null ? '' : JSON.stringify(known),
          JSON.stringify(contacts),
          ...(transitions.length > 0 ? storedAs(letter, transitions) : []),
        ],
      );
    },

    async introduceChannels(account, { now: names, known }, fresh, transitions, now) {
      const keys = accountKeys(account);
      const body = JSON.stringify(transitions);
      const letters = (transitions.length === 0 ? [] : fresh).flatMap((channel) => {
        const id = randomUUID();
        const letter = { id, createdAt: now, addressees: [], audience: null, channel };
        return [id, writeMeta(letter, transitions.length), body];
      });
      const before = known === null ? '' : JSON.stringify(known);
      await introduce(
        [keys.outbox, keys.letters, keys.letterBodies],
        ['channels', before, JSON.stringify(names), ...letters],
      );
    },
  };
}

function namesIn(stored: string | null): string[] | null {
  return stored === null ? null : (JSON.parse(stored) as string[]);
}

function storedAs(letter: LetterState, notices: readonly Notice[]): [id: string, json: string, body: string] {
  return [letter.id, writeMeta(letter, notices.length), JSON.stringify(notices)];
}

function readLetter(stored: string, isClaimed: boolean): StoredLetter {
  return { ...readMeta(parseObject(stored) as unknown as LetterMeta), isClaimed, token: stored };
}

/** None for an unreadable account, so contacts set later count as new. The admin store reports the account. */
function destinationsOf(owner: string): Required<Pick<Account, 'contacts' | 'channels'>> {
  const read = attempt(() => parseObject(owner) as Partial<Account>);
  const { contacts, channels } = read.ok ? read.value : {};
  return {
    contacts: Array.isArray(contacts) ? contacts : [],
    channels: Array.isArray(channels) ? channels : [],
  };
}
