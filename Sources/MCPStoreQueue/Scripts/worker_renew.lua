#!lua flags=allow-oom
-- Renews a worker's lease, only if it is still there, and records what it reports about itself.
--
-- KEYS  leases, worker (hash)
-- ARGV  worker, lease in ms, then fields and values of its hash
-- Returns { renewed (1) or gone (0), seconds, microseconds }.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return { 0, time[1], time[2] } end
redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], ARGV[1])
if #ARGV > 2 and redis.call('EXISTS', KEYS[2]) == 1 then redis.call('HSET', KEYS[2], unpack(ARGV, 3)) end
return { 1, time[1], time[2] }
