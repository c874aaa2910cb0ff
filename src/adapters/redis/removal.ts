import { endedBy, type Removal } from '../../core/removed-domain.ts';
import { attempt, parseObject } from './json-object.ts';
import { accountKeys } from './keys.ts';
import { noticeForms } from './notice-forms.ts';
import { parseRecord } from './record-text.ts';

/**
 * The Lua code of scripts that remove domains, after that of domain-lua.ts: a notice of what ends with a domain waits as
 * that of any other transition does. For a script that has set the locals `waiting`, `weekly` and `outbox` to the keys of
 * `removalKeys`.
 */
export const removalLua = `
local function versionOf(name)
  local record = redis.call('HGET', records, name)
  return record and tonumber(string.match(record, '^%d+')) or 0
end
local function owe(times, notice, short, now)
  local list = times == 'weeklyWaitingSince' and weekly or waiting
  local isMany = redis.call('LLEN', list) >= 500
  redis.call('RPUSH', list, isMany and short ~= '' and short or notice)
  for time in string.gmatch(times, '%a+') do redis.call('HSETNX', outbox, time, now) end
end
`;

export function removalLocals(first: number): string {
  const names = ['waiting', 'weekly', 'outbox'];
  return names.map((name, index) => `local ${name} = KEYS[${first + index}]`).join('\n');
}

/** In the order of `removalLocals`. */
export function removalKeys(account: string): string[] {
  const { notices, weeklyNotices, outbox } = accountKeys(account);
  return [notices, weeklyNotices, outbox];
}

/** What is stored of a domain that is removed. An unreadable record or setting counts as missing. */
export interface StoredDomain {
  readonly name: string;
  readonly settings: string | null;
  readonly record: Buffer | null;
  readonly status: string | null;
}

/** The version of the record that was read, and for each notice its times, its text and its short form. */
export function removalOf(
  { name, settings, record: stored, status }: StoredDomain,
  removal: Removal,
): { readonly version: number; readonly notices: readonly (readonly [string, string, string])[] } {
  const { version, record } = parseRecord(stored, status);
  const read = attempt(() => parseObject(settings ?? '{}'));
  const { channels, provisionedBy } = read.ok ? read.value : {};
  const known = {
    ...(Array.isArray(channels) ? { channels } : {}),
    ...(typeof provisionedBy === 'string' ? { provisionedBy } : {}),
  };
  return { version, notices: endedBy(removal, name, known, record).map(noticeForms) };
}
