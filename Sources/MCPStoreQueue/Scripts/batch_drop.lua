#!lua
-- Throws away a batch of which no call was taken.
--
-- KEYS  record of the batch, its calls, their ids, stream of its answers, sorted set of the space's batches
-- ARGV  1 id of the batch
-- Returns 1 where it was thrown away, 0 where there is something of it.
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
local known = redis.call('HMGET', KEYS[1], 'kind', 'accepted', 'closed')
if known[1] ~= 'upload' or known[2] ~= '0' or known[3] == '1' then return 0 end
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
redis.call('ZREM', KEYS[5], ARGV[1])
return 1
