#!lua flags=allow-oom
-- Takes away the lease of one worker whose process is known to be gone, before it runs out. No other worker is touched: an
-- id never returns.
--
-- KEYS  leases, expired (set), events
-- ARGV  worker, entries that events keeps
-- Returns 1, or 0 when its lease was gone already.
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('SADD', KEYS[2], ARGV[1])
-- Stores write to the events too: should these take no more, coordinators see it with their next look at everything.
redis.pcall('XADD', KEYS[3], 'MAXLEN', '~', ARGV[2], '*', 'event', 'left', 'a', ARGV[1], 'b', '')
return 1
