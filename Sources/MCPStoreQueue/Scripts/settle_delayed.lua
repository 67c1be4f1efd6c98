#!lua flags=allow-oom
-- Ends a job that waits in the sorted set of delayed jobs (its caller gave up, its service is gone). ZREM is the fence.
--
-- KEYS  sorted set, hash of delayed jobs, inbox ('' none), stats, durable record (may be left out)
-- ARGV  job id, outcome, payload, attempt where the job does not say, finished (microseconds)
-- Returns 1 when this call ended it, otherwise 0.
if redis.call('TYPE', KEYS[1]).ok ~= 'zset' or redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
local attempt = ARGV[4]
local packed = redis.pcall('HGET', KEYS[2], ARGV[1])
redis.pcall('HDEL', KEYS[2], ARGV[1])
local fine, fields = pcall(cjson.decode, packed)
for i = 1, fine and type(fields) == 'table' and #fields or 0, 2 do
    -- It was to be started once more, and was not.
    if fields[i] == 'attempt' and tonumber(fields[i + 1]) then attempt = fields[i + 1] end
end
if redis.call('TYPE', KEYS[3]).ok == 'stream' then
    redis.pcall('XADD', KEYS[3], 'NOMKSTREAM', '*', 'id', ARGV[1], 'outcome', ARGV[2], 'payload', ARGV[3], 'ref', '',
        'worker', '', 'attempt', attempt, 'waited', '', 'ran', '', 'at', ARGV[5])
end
if KEYS[5] and redis.call('TYPE', KEYS[5]).ok == 'hash' then
    redis.call('HSET', KEYS[5], 'status', 'ended', 'outcome', ARGV[2], 'payload', ARGV[3], 'worker', '', 'attempt', attempt,
        'waited', '', 'ran', '', 'ended', ARGV[5])
    local retention = redis.pcall('HGET', KEYS[5], 'retention')
    local kept = type(retention) == 'string' and redis.pcall('PEXPIRE', KEYS[5], retention)
    if type(kept) ~= 'number' then redis.pcall('PEXPIRE', KEYS[5], 3600000) end
end
local kind = redis.call('TYPE', KEYS[4]).ok
if kind == 'hash' or kind == 'none' then
    redis.pcall('HINCRBY', KEYS[4], ARGV[2], 1)
    if attempt ~= '1' then redis.pcall('HINCRBY', KEYS[4], 'retries', tonumber(attempt) - 1) end
    redis.call('HSETNX', KEYS[4], 'first_call', ARGV[5])
    redis.call('HSET', KEYS[4], 'last_call', ARGV[5])
end
return 1
