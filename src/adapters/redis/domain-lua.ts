/**
 * The Lua code shared by the scripts that change an account's domains: settings, the index of names, roots with their
 * use counts, pin sets that apply, and the usage totals. For a script that has first set the locals of `domainLocals` to its
 * keys.
 *
 * Quotes within JSON strings are escaped, so the patterns find only keys.
 */
export const domainLua = `
local function rootsOf(text)
  return text and string.match(text, '"roots":"(%x+)"') or ''
end
local function setsOf(text)
  local ids = {}
  for id in string.gmatch(text and string.match(text, '"sets":%[([^%]]*)%]') or '', '%x+') do table.insert(ids, id) end
  return ids
end
local function pinsOf(text)
  local list = text and string.match(text, '"pins":%[([^%]]*)%]') or ''
  return select(2, string.gsub(list, '"sha256/', ''))
end
local function lengthOf(text) return text and #text or 0 end
local function add(field, by)
  if by ~= 0 then redis.call('HINCRBY', usage, field, by) end
end
local function lengthsOf(hash)
  local sum = 0
  for _, field in ipairs(redis.call('HKEYS', hash)) do sum = sum + redis.call('HSTRLEN', hash, field) end
  return sum
end
-- What the domains use, instead of what was counted: the length of what stays.
local function recount(contents, counts, used)
  local sum = 0
  redis.call('DEL', counts)
  for id, times in pairs(used) do redis.call('HSET', counts, id, times) end
  for _, id in ipairs(redis.call('HKEYS', contents)) do
    if used[id] then sum = sum + redis.call('HSTRLEN', contents, id) else redis.call('HDEL', contents, id) end
  end
  return sum
end
local function areCounted(contents, counts)
  return redis.call('EXISTS', counts) == 1 or redis.call('EXISTS', contents) == 0
end
-- Counts again if the totals are unknown: stored by an older version, or lost.
local function count()
  local known = redis.call('HEXISTS', usage, 'bytes') == 1
  if known and areCounted(roots, uses) and areCounted(applied, appliedUses) then return end
  local pins, bytes, used, usedSets = 0, 0, {}, {}
  for _, text in ipairs(redis.call('HVALS', domains)) do
    local id = rootsOf(text)
    if id ~= '' then used[id] = (used[id] or 0) + 1 end
    for _, set in ipairs(setsOf(text)) do usedSets[set] = (usedSets[set] or 0) + 1 end
    pins = pins + pinsOf(text)
    bytes = bytes + #text
  end
  bytes = bytes + recount(roots, uses, used) + recount(applied, appliedUses, usedSets)
  bytes = bytes + lengthsOf(pinSets) + lengthsOf(pinTexts)
  redis.call('HSET', usage, 'pins', pins, 'bytes', bytes)
end
local function release(contents, counts, id)
  if id == '' or redis.call('HINCRBY', counts, id, -1) > 0 then return end
  add('bytes', -redis.call('HSTRLEN', contents, id))
  redis.call('HDEL', counts, id)
  redis.call('HDEL', contents, id)
end
local function store(contents, id, text)
  if text and redis.call('HSETNX', contents, id, text) == 1 then add('bytes', #text) end
end
local function retain(contents, counts, id, text)
  if id == '' then return end
  redis.call('HINCRBY', counts, id, 1)
  store(contents, id, text)
end
-- Nothing that both have is taken away in between: what is new is stored first. 'sets': by fingerprint.
local function put(name, before, text, pem, sets)
  local old, new = rootsOf(before), rootsOf(text)
  local oldSets, newSets = setsOf(before), setsOf(text)
  redis.call('HSET', domains, name, text)
  redis.call('ZADD', names, 0, name)
  add('pins', pinsOf(text) - pinsOf(before))
  add('bytes', #text - lengthOf(before))
  if old ~= new then
    retain(roots, uses, new, pem)
    release(roots, uses, old)
  elseif new ~= '' then
    -- The roots may be lost, but not the settings that name them.
    store(roots, new, pem)
  end
  if table.concat(oldSets, ' ') ~= table.concat(newSets, ' ') then
    for _, id in ipairs(newSets) do retain(applied, appliedUses, id, sets[id]) end
    for _, id in ipairs(oldSets) do release(applied, appliedUses, id) end
  else
    for _, id in ipairs(newSets) do store(applied, id, sets[id]) end
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
  release(roots, uses, rootsOf(before))
  for _, id in ipairs(setsOf(before)) do release(applied, appliedUses, id) end
end
-- A domain was stored with the pin sets of this revision: if they are others by now, it has to be resolved again.
local function resolvedAt(revision, token)
  if (redis.call('HGET', pinState, 'revision') or '') ~= revision then
    redis.call('HSET', pinState, 'pending', token)
  end
end
`;

/** The keys in the order that the scripts expect; see keys.ts. */
const domainLocalNames = [
  ...['domains', 'records', 'statuses', 'roots', 'uses', 'names', 'usage'],
  ...['applied', 'appliedUses', 'pinSets', 'pinTexts', 'pinState'],
] as const;

export function domainLocals(first: number): string {
  return domainLocalNames.map((name, index) => `local ${name} = KEYS[${first + index}]`).join('\n');
}
