#!lua
-- Takes some calls of a batch that is uploaded: all of them or none. How many it has taken before is the fence: the same calls sent
-- again, by whatever gateway, are known.
--
-- KEYS  record of the batch, its calls, their ids, stream of its answers, sorted set of the space's batches, then for each service that
--       is called its config and its lane
-- ARGV  1 group, 2 id of the batch, 3 calls that were taken before, 4 milliseconds that all of it is kept from now on, 5 lines that were
--       read with these calls, 6 what tells these lines from others, 7 '1': there are no more, 8 number of services,
--       then for each service the most entries of its lane; then for each call
--    1 service       its number, counted from 1; 0: it is answered here
--    2 call          as it is kept, so that it can be asked again
--    3 id            the line on which it stands, a space, and what its caller calls it
--    4 count         number of arguments that follow: the fields of the entry, or of the answer
-- Returns one of
--   accepted, calls that were taken
--   at, calls that were taken, what tells their lines from others
--                                  it is elsewhere: another upload of it goes on, or this was taken and its reply was lost
--   closed, calls, the same        there are no more to take: all are there, or it was cancelled
--   gone                           there is no such batch (any more)
--   service, number                there is no such service
--   busy, number, entries          its lane is full
local record, calls, ids, answers, index = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
for key, want in pairs({ [record] = 'hash', [calls] = 'list', [ids] = 'list', [answers] = 'stream', [index] = 'zset' }) do
    local kind = redis.call('TYPE', key).ok
    if kind ~= 'none' and kind ~= want then return redis.error_reply('WRONGTYPE ' .. key .. ' is no ' .. want) end
end
local known = redis.call('HMGET', record, 'accepted', 'closed', 'digest')
if not known[1] then return { 'gone' } end
if known[2] == '1' then return { 'closed', tonumber(known[1]), known[3] or '' } end
if known[1] ~= ARGV[3] then return { 'at', tonumber(known[1]), known[3] or '' } end

local services, at, size = tonumber(ARGV[8]), 9, #ARGV
local first, wanted = at + services, {}
local a = first
while a <= size do
    local service = tonumber(ARGV[a])
    wanted[service] = (wanted[service] or 0) + 1
    a = a + 4 + tonumber(ARGV[a + 3])
end
for service = 1, services do
    local config, lane = KEYS[4 + service * 2], KEYS[5 + service * 2]
    if redis.call('EXISTS', config) == 0 then return { 'service', service } end
    if redis.call('EXISTS', lane) == 0 then
        redis.call('XGROUP', 'CREATE', lane, ARGV[1], '0', 'MKSTREAM')
    end
    local length = redis.call('XLEN', lane)
    -- What does not fit into an empty lane goes into it all the same.
    if length > 0 and length + (wanted[service] or 0) > tonumber(ARGV[at + service - 1]) then
        return { 'busy', service, length }
    end
end

local count = tonumber(known[1])
a = first
while a <= size do
    local service, fields = tonumber(ARGV[a]), tonumber(ARGV[a + 3])
    local entry = '-'
    if service > 0 then
        local added = redis.pcall('XADD', KEYS[5 + service * 2], '*', unpack(ARGV, a + 4, a + 3 + fields))
        if type(added) == 'string' then
            entry = added
        else
            redis.call('XADD', answers, '*', 'id', 'b-' .. ARGV[2] .. '-' .. count, 'outcome', 'rejected', 'payload',
                '{"message":"the lane of its service takes no entries"}')
        end
    else
        redis.call('XADD', answers, '*', unpack(ARGV, a + 4, a + 3 + fields))
    end
    redis.call('RPUSH', calls, entry .. ' ' .. ARGV[a + 1])
    redis.call('RPUSH', ids, ARGV[a + 2])
    count = count + 1
    a = a + 4 + fields
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', record, 'accepted', count, 'read', count, 'lines', ARGV[5], 'digest', ARGV[6], 'updated', now)
if ARGV[7] == '1' then redis.call('HSET', record, 'closed', '1', 'total', count) end
redis.call('ZADD', index, now, ARGV[2])
for _, key in ipairs({ record, calls, ids, answers, index }) do redis.call('PEXPIRE', key, ARGV[4]) end
return { 'accepted', count }
