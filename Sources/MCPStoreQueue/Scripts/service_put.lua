#!lua
-- Writes the configurations of one or more services of a space, all or none, with compare-and-set.
--
-- KEYS  services (set), changes (stream), removed (hash), then per service: config
-- ARGV  when (ISO 8601), by whom, entries that changes keeps, then per service: name, expected version
--       ('' any, '0' it must not exist, else the version it must have), configuration as JSON
-- Returns the new versions in order, or { 'CONFLICT', name, current version } and nothing is written.
-- A new service begins with a version that no earlier one of its name has had: one more than the changes that there were so
-- far. Otherwise who has read a service that was removed and added again since could overwrite the new one.
for i, kind in ipairs({ 'set', 'stream', 'hash' }) do
    local found = redis.call('TYPE', KEYS[i]).ok
    if found ~= 'none' and found ~= kind then
        return redis.error_reply('WRONGTYPE ' .. KEYS[i] .. ' is a ' .. found .. ', not a ' .. kind .. ': it was not written by MCPStore')
    end
end
local before = 0
if redis.call('EXISTS', KEYS[2]) == 1 then
    local info = redis.call('XINFO', 'STREAM', KEYS[2])
    for i = 1, #info, 2 do
        if info[i] == 'entries-added' then before = info[i + 1] end
    end
end
-- What an operator has told the service stays with it.
local function hold(current)
    if not string.find(current, '"hold":', 1, true) then return '' end
    local fine, document = pcall(cjson.decode, current)
    local hold = fine and type(document) == 'table' and document.hold
    return type(hold) == 'string' and ',"hold":' .. cjson.encode(hold) or ''
end

local versions, holds = {}, {}
for i = 4, #KEYS do
    local a = 4 + (i - 4) * 3
    local current = redis.call('GET', KEYS[i])
    local version = current and string.match(current, '^{"version":(%d+)') or '0'
    local expected = ARGV[a + 1]
    if expected ~= '' and expected ~= version then
        return { 'CONFLICT', ARGV[a], version }
    end
    versions[i - 3] = current and tonumber(version) + 1 or before + 1
    holds[i - 3] = current and hold(current) or ''
end
for i = 4, #KEYS do
    local a = 4 + (i - 4) * 3
    local version = versions[i - 3]
    redis.call('SET', KEYS[i], '{"version":' .. version .. ',"updated":' .. cjson.encode(ARGV[1])
        .. ',"by":' .. cjson.encode(ARGV[2]) .. holds[i - 3] .. ',"config":' .. ARGV[a + 2] .. '}')
    redis.call('SADD', KEYS[1], ARGV[a])
    redis.call('HDEL', KEYS[3], ARGV[a])
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'change', 'service', 'service', ARGV[a], 'version', version)
end
return versions
