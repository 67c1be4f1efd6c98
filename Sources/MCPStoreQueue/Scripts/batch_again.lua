#!lua
-- Asks calls of a batch again whose answers stand in one entry, and takes those answers away. The entry is the fence: of two who ask
-- for the same, one finds it.
--
-- KEYS  record of the batch, its calls, stream of its answers, then for each service that is called its config and its lane
-- ARGV  1 group, 2 milliseconds that all of it is kept from now on, 3 id of the entry, 4 round, 5 number of services,
--       then for each service the most entries of its lane; then the number of fields and values of the entry that stay, and these;
--       then for each call
--    1 service       its number, counted from 1
--    2 position      of the call among the calls, from 0
--    3 call          as it is kept
--    4 count         number of fields and values of the entry that follow
-- Returns one of
--   accepted
--   gone                           the entry is not there (any more), or not counted yet
--   service, number                there is no such service
--   busy, number, entries          its lane is full
local record, calls, answers = KEYS[1], KEYS[2], KEYS[3]
for key, want in pairs({ [record] = 'hash', [calls] = 'list', [answers] = 'stream' }) do
    if redis.call('TYPE', key).ok ~= want then return { 'gone' } end
end
-- Cancelled since this round began.
local known = redis.call('HMGET', record, 'counted', 'outcomes', 'cancel', 'round')
if known[3] == '1' and known[4] == ARGV[4] then return { 'gone' } end
local services, at, size = tonumber(ARGV[5]), 6, #ARGV
local length = redis.call('LLEN', calls)
local kept = at + services
local first, wanted = kept + 1 + tonumber(ARGV[kept]), {}
local a = first
while a <= size do
    local service = tonumber(ARGV[a])
    wanted[service] = (wanted[service] or 0) + 1
    if tonumber(ARGV[a + 1]) >= length then return { 'gone' } end
    a = a + 4 + tonumber(ARGV[a + 3])
end
for service = 1, services do
    local config, lane = KEYS[2 + service * 2], KEYS[3 + service * 2]
    if redis.call('EXISTS', config) == 0 then return { 'service', service } end
    if redis.call('EXISTS', lane) == 0 then
        redis.call('XGROUP', 'CREATE', lane, ARGV[1], '0', 'MKSTREAM')
    end
    local length = redis.call('XLEN', lane)
    if length > 0 and length + (wanted[service] or 0) > tonumber(ARGV[at + service - 1]) then
        return { 'busy', service, length }
    end
end

local function parts(id)
    local milliseconds, sequence = string.match(id or '', '^(%d+)-(%d+)$')
    return tonumber(milliseconds) or 0, tonumber(sequence) or 0
end
local old = redis.call('XRANGE', answers, ARGV[3], ARGV[3])[1]
local t, n = parts(ARGV[3])
local time, number = parts(known[1])
if not old or t > time or t == time and n > number then return { 'gone' } end

-- All answers of the entry are counted no more: those that stay are counted again in their new entry.
local outcomes = {}
for kind, count in string.gmatch(known[2] or '', '(%S+) (%d+)') do outcomes[kind] = tonumber(count) end
local function take(kind) if outcomes[kind] then outcomes[kind] = outcomes[kind] - 1 end end
for i = 1, #old[2], 2 do
    if old[2][1] == 'worker' then
        if i > 1 then take(string.match(old[2][i + 1], '^(%S+) ') or 'unreadable') end
    elseif old[2][i] == 'outcome' then
        take(old[2][i + 1])
    end
end
local words = {}
for kind, count in pairs(outcomes) do
    if count > 0 then words[#words + 1] = kind .. ' ' .. string.format('%.0f', count) end
end
table.sort(words)

redis.call('XDEL', answers, ARGV[3])
if first - 1 > kept then redis.call('XADD', answers, '*', unpack(ARGV, kept + 1, first - 1)) end
a = first
while a <= size do
    local service, fields = tonumber(ARGV[a]), tonumber(ARGV[a + 3])
    local entry = redis.call('XADD', KEYS[3 + service * 2], '*', unpack(ARGV, a + 4, a + 3 + fields))
    redis.call('LSET', calls, ARGV[a + 1], entry .. ' ' .. ARGV[a + 2])
    a = a + 4 + fields
end
local clock = redis.call('TIME')
redis.call('HSET', record, 'outcomes', table.concat(words, ' '), 'status', 'running', 'closed', '1', 'round', ARGV[4], 'updated',
    clock[1] * 1000 + math.floor(clock[2] / 1000))
if known[4] ~= ARGV[4] then redis.call('HDEL', record, 'cancel') end
for _, key in ipairs({ record, calls, answers }) do redis.call('PEXPIRE', key, ARGV[2]) end
return { 'accepted' }
