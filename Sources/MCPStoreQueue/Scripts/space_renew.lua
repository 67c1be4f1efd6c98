#!lua flags=allow-oom
-- A store renews the lease of an auto dataspace: of all its keys together.
--
-- KEYS  stores (sorted set), services (set), then further keys
-- ARGV  store, lease in ms
-- Returns 1 when there were services, 0 when there were none or they are gone.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
local there = redis.call('EXISTS', KEYS[2])
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[2]) end
return there
