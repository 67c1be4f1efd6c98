#!lua flags=allow-oom
-- Deletes a consumer that has nothing pending: XGROUP DELCONSUMER would silently drop what it has.
--
-- KEYS  job stream
-- ARGV  group, consumer
-- Returns 1 when it is gone.
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2])
if type(pending) ~= 'table' or pending.err or #pending > 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
