#!lua
-- Says how far a batch has come, and hears whether somebody wants it cancelled.
--
-- KEYS  record of the batch, sorted set of the space's batches
-- ARGV  1 id, 2 milliseconds that both are kept from now on, 3 the most batches that are listed, 4 the run of the command that says it
--       ('name.journal'), 5 earlier runs that it goes on with, joined by spaces, 6 milliseconds for which a run with another journal is
--       believed to be alive behind its last news, then fields and values
-- Returns  when the record was made (ms by Redis' clock), whether the batch is to be cancelled ('1' or ''), '' or why nothing was
--          written: 'TAKEN' where a run goes on with the batch of which this one does not know, 'BUSY' where one may be alive that it
--          knows; its host and pid; milliseconds until that is not believed any more
local record, index = KEYS[1], KEYS[2]
for key, want in pairs({ [record] = 'hash', [index] = 'zset' }) do
    local kind = redis.call('TYPE', key).ok
    if kind ~= 'none' and kind ~= want then return redis.error_reply('WRONGTYPE ' .. key .. ' is no ' .. want) end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local before = redis.call('HMGET', record, 'created', 'run', 'host', 'pid', 'status', 'updated')
if before[2] and before[2] ~= ARGV[4] then
    if not string.find(' ' .. ARGV[5] .. ' ', ' ' .. before[2] .. ' ', 1, true) then
        return { before[1] or '0', '', 'TAKEN', before[3] or '', before[4] or '', '0' }
    end
    -- Who holds the lock of the same journal knows that the one before is gone.
    local left = (tonumber(before[6]) or 0) + ARGV[6] - now
    local isSame = string.match(before[2], '%.(.*)$') == string.match(ARGV[4], '%.(.*)$')
    if before[5] == 'running' and not isSame and left > 0 and left <= tonumber(ARGV[6]) then
        return { before[1] or '0', '', 'BUSY', before[3] or '', before[4] or '', string.format('%.0f', left) }
    end
end
redis.call('HSETNX', record, 'created', now)
redis.call('HSET', record, 'updated', now, 'run', ARGV[4], unpack(ARGV, 7))
redis.call('PEXPIRE', record, ARGV[2])
redis.call('ZADD', index, now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', index, '-inf', now - ARGV[2])
redis.call('ZREMRANGEBYRANK', index, 0, -(ARGV[3] + 1))
redis.call('PEXPIRE', index, ARGV[2])
local known = redis.call('HMGET', record, 'created', 'cancel')
return { known[1], known[2] or '', '', '', '', '0' }
