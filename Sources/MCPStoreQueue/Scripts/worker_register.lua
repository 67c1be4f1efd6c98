#!lua flags=allow-oom
-- A worker enters its pool. A lease that is gone never returns: a worker registers anew under a new id.
-- Also where Redis is full: who empties it are workers.
--
-- KEYS  leases, worker (hash), its control stream, its ring stream, events
-- ARGV  worker, lease in ms, entries that events keeps, then fields and values of the worker's hash
-- Returns Redis' time in microseconds.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('HSET', KEYS[2], unpack(ARGV, 4))
redis.call('XADD', KEYS[3], '*', 'op', 'open', 'a', '', 'b', '')
redis.call('XADD', KEYS[4], '*', 'op', 'open', 'a', '', 'b', '')
-- Stores write to the events too: should these take no more, coordinators see it with their next look at everything.
redis.pcall('XADD', KEYS[5], 'MAXLEN', '~', ARGV[3], '*', 'event', 'joined', 'a', ARGV[1], 'b', '')
return { time[1], time[2] }
