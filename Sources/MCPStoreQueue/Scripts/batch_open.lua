#!lua
-- Begins a batch that is uploaded, or finds it again.
--
-- KEYS  record of the batch, sorted set of the space's batches, stream of its answers
-- ARGV  1 id, 2 milliseconds that all of it is kept from now on, 3 the most batches that are listed, then fields and values of the
--       record
-- Returns the fields and values of the record as it is then; none where there is a batch of that id that was not uploaded.
local record, index, answers = KEYS[1], KEYS[2], KEYS[3]
for key, want in pairs({ [record] = 'hash', [index] = 'zset', [answers] = 'stream' }) do
    local kind = redis.call('TYPE', key).ok
    if kind ~= 'none' and kind ~= want then return redis.error_reply('WRONGTYPE ' .. key .. ' is no ' .. want) end
end
if redis.call('EXISTS', record) == 1 then
    if redis.call('HGET', record, 'kind') ~= 'upload' then return {} end
    return redis.call('HGETALL', record)
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('DEL', answers)
-- Answers are written only into a stream that is there.
redis.call('XADD', answers, '*', 'id', '', 'outcome', 'open')
redis.call('HSET', record, 'kind', 'upload', 'status', 'running', 'created', now, 'updated', now, 'accepted', 0, 'counted', '0-0',
    unpack(ARGV, 4))
redis.call('ZADD', index, now, ARGV[1])
redis.call('ZREMRANGEBYRANK', index, 0, -(ARGV[3] + 1))
for _, key in ipairs({ record, answers }) do redis.call('PEXPIRE', key, ARGV[2]) end
redis.call('PEXPIRE', index, ARGV[2])
return redis.call('HGETALL', record)
