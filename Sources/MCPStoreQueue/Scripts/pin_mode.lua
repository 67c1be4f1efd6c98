#!lua
-- Says what becomes of tools that differ from what was approved.
--
-- KEYS  the mode (string), changes
-- ARGV  'off', 'warn' or 'enforce', entries that changes keeps
-- Returns 1, or 0 where it was so before.
local found = redis.call('TYPE', KEYS[2]).ok
if found ~= 'none' and found ~= 'stream' then return redis.error_reply('WRONGTYPE ' .. KEYS[2] .. ' is a ' .. found) end
if (redis.call('GET', KEYS[1]) or 'off') == ARGV[1] then return 0 end
if ARGV[1] == 'off' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[1]) end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'change', 'pins')
return 1
