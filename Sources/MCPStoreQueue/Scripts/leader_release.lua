#!lua flags=allow-oom
-- A leader that stops in order gives its lease back, so that another leads at once.
--
-- KEYS  leader
-- ARGV  coordinator
local name = string.match(redis.call('GET', KEYS[1]) or '', '^(.*):%d+$')
if name == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
