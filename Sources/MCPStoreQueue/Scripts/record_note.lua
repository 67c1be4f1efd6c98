#!lua
-- Puts fields into the record of a job, beside those of the queue.
--
-- KEYS  record
-- ARGV  field, value, …
-- Returns  whether there is such a record
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV))
return 1
