#!lua
-- Says how far a batch has come, and hears whether somebody wants it cancelled.
--
-- KEYS  record of the batch, sorted set of the space's batches
-- ARGV  1 id, 2 milliseconds that both are kept from now on, 3 the most batches that are listed, then fields and values
-- Returns  when the record was made (ms by Redis' clock), whether the batch is to be cancelled ('1' or '')
local record, index = KEYS[1], KEYS[2]
for key, want in pairs({ [record] = 'hash', [index] = 'zset' }) do
    local kind = redis.call('TYPE', key).ok
    if kind ~= 'none' and kind ~= want then return redis.error_reply('WRONGTYPE ' .. key .. ' is no ' .. want) end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSETNX', record, 'created', now)
redis.call('HSET', record, 'updated', now, unpack(ARGV, 4))
redis.call('PEXPIRE', record, ARGV[2])
redis.call('ZADD', index, now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', index, '-inf', now - ARGV[2])
redis.call('ZREMRANGEBYRANK', index, 0, -(ARGV[3] + 1))
redis.call('PEXPIRE', index, ARGV[2])
local known = redis.call('HMGET', record, 'created', 'cancel')
return { known[1], known[2] or '' }
