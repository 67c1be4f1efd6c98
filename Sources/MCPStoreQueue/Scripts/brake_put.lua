#!lua flags=allow-oom
-- Puts a brake on a service, replaces the one that is there, or takes it off; whoever comes second finds the other's.
--
-- KEYS  brake (string, JSON), changes, config of the service
-- ARGV  service, the brake that must be there ('' none, '*' any), the new one ('' takes it off), how long it stays in ms, entries that
--       changes keeps
-- Returns 1 where it was written, else 0.
if redis.call('EXISTS', KEYS[3]) == 0 then
    redis.call('DEL', KEYS[1])
    return 0
end
local current = redis.call('GET', KEYS[1]) or ''
if ARGV[2] ~= '*' and ARGV[2] ~= current then return 0 end
if ARGV[3] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*', 'change', 'brake', 'service', ARGV[1], 'version', '')
return 1
