/**
 * The Lua code shared by the scripts that change an account's domains: settings, the index of names, roots with their
 * use counts, and the usage totals. For a script that has first set the locals `domains`, `records`,
 * `statuses`, `roots`, `uses`, `names` and `usage` to its keys.
 *
 * Quotes within JSON strings are escaped, so the patterns find only keys.
 */
export const domainLua = `
local function rootsOf(text)
  return text and string.match(text, '"roots":"(%x+)"') or ''
end
local function pinsOf(text)
  local list = text and string.match(text, '"pins":%[([^%]]*)%]') or ''
  return select(2, string.gsub(list, '"sha256/', ''))
end
local function lengthOf(text) return text and #text or 0 end
local function add(field, by)
  if by ~= 0 then redis.call('HINCRBY', usage, field, by) end
end
-- Counts again if the totals are unknown: stored by an older version, or lost.
local function count()
  local known = redis.call('HEXISTS', usage, 'bytes') == 1
  if known and (redis.call('EXISTS', uses) == 1 or redis.call('EXISTS', roots) == 0) then return end
  local pins, bytes, used = 0, 0, {}
  for _, text in ipairs(redis.call('HVALS', domains)) do
    local id = rootsOf(text)
    if id ~= '' then used[id] = (used[id] or 0) + 1 end
    pins = pins + pinsOf(text)
    bytes = bytes + #text
  end
  redis.call('DEL', uses)
  for id, times in pairs(used) do redis.call('HSET', uses, id, times) end
  for _, id in ipairs(redis.call('HKEYS', roots)) do
    if used[id] then bytes = bytes + redis.call('HSTRLEN', roots, id) else redis.call('HDEL', roots, id) end
  end
  redis.call('HSET', usage, 'pins', pins, 'bytes', bytes)
end
local function release(id)
  if id == '' or redis.call('HINCRBY', uses, id, -1) > 0 then return end
  add('bytes', -redis.call('HSTRLEN', roots, id))
  redis.call('HDEL', uses, id)
  redis.call('HDEL', roots, id)
end
local function retain(id, pem)
  if id == '' then return end
  redis.call('HINCRBY', uses, id, 1)
  if redis.call('HSETNX', roots, id, pem) == 1 then add('bytes', #pem) end
end
local function put(name, before, text, pem)
  local old, new = rootsOf(before), rootsOf(text)
  redis.call('HSET', domains, name, text)
  redis.call('ZADD', names, 0, name)
  add('pins', pinsOf(text) - pinsOf(before))
  add('bytes', #text - lengthOf(before))
  if old ~= new then
    retain(new, pem)
    release(old)
  elseif new ~= '' and redis.call('HSETNX', roots, new, pem) == 1 then
    -- The roots were lost, but not the settings that name them.
    add('bytes', #pem)
  end
end
local function take(name, before)
  redis.call('HDEL', domains, name)
  redis.call('ZREM', names, name)
  if redis.call('HEXISTS', usage, 'records') == 1 then add('records', -redis.call('HSTRLEN', records, name)) end
  redis.call('HDEL', records, name)
  redis.call('HDEL', statuses, name)
  add('pins', -pinsOf(before))
  add('bytes', -lengthOf(before))
  release(rootsOf(before))
end
`;

/** The keys in the order that the scripts expect. */
export function domainLocals(first: number): string {
  const names = ['domains', 'records', 'statuses', 'roots', 'uses', 'names', 'usage'];
  return names.map((name, index) => `local ${name} = KEYS[${first + index}]`).join('\n');
}
