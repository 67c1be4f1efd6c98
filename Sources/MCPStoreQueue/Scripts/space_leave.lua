#!lua
-- A store leaves an auto dataspace; the last one deletes it.
--
-- KEYS  stores (sorted set), then all keys of the space that are known
-- ARGV  store
-- Returns 1 when it was the last one.
local time = redis.call('TIME')
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', time[1] * 1000 + math.floor(time[2] / 1000))
if redis.call('ZCARD', KEYS[1]) > 0 then return 0 end
for i = 2, #KEYS do redis.call('DEL', KEYS[i]) end
return 1
