#!lua flags=allow-oom
-- The end of a worker: it left in order, or its lease is gone and its jobs were settled.
--
-- KEYS  leases, worker, its streams, its services, its control stream, its ring stream, events, expired (set)
-- ARGV  worker, entries that events keeps, '1': even if its lease still runs (it left in order)
-- Returns 1, or 0 when its lease was renewed meanwhile.
local expiry = redis.call('ZSCORE', KEYS[1], ARGV[1])
if expiry and ARGV[3] ~= '1' then
    local time = redis.call('TIME')
    if tonumber(expiry) > time[1] * 1000 + math.floor(time[2] / 1000) then return 0 end
end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('SREM', KEYS[8], ARGV[1])
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6])
-- Stores write to the events too: should these take no more, coordinators see it with their next look at everything.
redis.pcall('XADD', KEYS[7], 'MAXLEN', '~', ARGV[2], '*', 'event', 'left', 'a', ARGV[1], 'b', '')
return 1
