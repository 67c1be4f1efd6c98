#!lua
-- Submits one job where a plain XADD … NOMKSTREAM found no stream: after FLUSHDB, or on the first call of a service.
-- A service that is gone takes no job.
--
-- KEYS  config of the service, its lane
-- ARGV  group, then the fields of the entry
-- Returns the entry's id, or nil when the service does not exist.
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
if redis.call('EXISTS', KEYS[2]) == 0 then
    redis.call('XGROUP', 'CREATE', KEYS[2], ARGV[1], '0', 'MKSTREAM')
end
return redis.call('XADD', KEYS[2], '*', unpack(ARGV, 2))
