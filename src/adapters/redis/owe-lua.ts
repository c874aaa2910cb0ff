import { accountKeys } from './keys.ts';

/**
 * The Lua code shared by the scripts that store notices which wait to be told. If many wait, one with a short form gets that. For a
 * script that has first set the locals of `oweLocals` to the keys of `oweKeys`.
 *
 * `times`: what the notice sets in the outbox (see core/outbox.ts), separated by spaces; `short`: '' for none.
 */
export const oweLua = `
local function owe(times, notice, short, now)
  local list = times == 'weeklyWaitingSince' and weekly or waiting
  local isMany = redis.call('LLEN', list) >= 500
  redis.call('RPUSH', list, isMany and short ~= '' and short or notice)
  for time in string.gmatch(times, '%a+') do redis.call('HSETNX', outbox, time, now) end
end
`;

const locals = ['waiting', 'weekly', 'outbox'];
export const oweKeyCount: number = locals.length;

/** `first`: the index in KEYS of the first of `oweKeys`. */
export function oweLocals(first: number): string {
  return locals.map((name, index) => `local ${name} = KEYS[${first + index}]`).join('\n');
}

/** In the order of `oweLocals`. */
export function oweKeys(account: string): string[] {
  const { notices, weeklyNotices, outbox } = accountKeys(account);
  return [notices, weeklyNotices, outbox];
}
