#!lua flags=allow-oom
-- Ends a job that waits in the sorted set of delayed jobs (its caller gave up, its service is gone). ZREM is the fence.
--
-- KEYS  sorted set, hash of delayed jobs, inbox ('' none), stats
-- ARGV  job id, outcome, payload, attempt, finished (microseconds), record retention (unused: 0)
-- Returns 1 when this call ended it, otherwise 0.
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
if redis.call('TYPE', KEYS[3]).ok == 'stream' then
    redis.pcall('XADD', KEYS[3], 'NOMKSTREAM', '*', 'id', ARGV[1], 'outcome', ARGV[2], 'payload', ARGV[3], 'ref', '',
        'worker', '', 'attempt', ARGV[4], 'waited', '', 'ran', '', 'at', ARGV[5])
end
redis.call('HINCRBY', KEYS[4], ARGV[2], 1)
redis.call('HSETNX', KEYS[4], 'first_call', ARGV[5])
redis.call('HSET', KEYS[4], 'last_call', ARGV[5])
return 1
