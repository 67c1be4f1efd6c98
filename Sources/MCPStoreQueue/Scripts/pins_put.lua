#!lua
-- Notes what was approved of the tools of a service.
--
-- KEYS  config of the service, its pins (hash), changes
-- ARGV  service, 'always', or 'first' (only where nothing of it was ever approved), when (ISO 8601), by whom, entries that changes
--       keeps, then per tool: field, hash, canonical JSON
-- Returns 1, or 0 where something was approved before and 'first' was asked for, or there is no such service.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
for i, kind in ipairs({ 'hash', 'stream' }) do
    local found = redis.call('TYPE', KEYS[i + 1]).ok
    if found ~= 'none' and found ~= kind then return redis.error_reply('WRONGTYPE ' .. KEYS[i + 1] .. ' is a ' .. found) end
end
if ARGV[2] == 'first' and redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
-- Also where there are no tools: what comes later is new.
redis.call('HSETNX', KEYS[2], 'since', ARGV[3])
for i = 6, #ARGV, 3 do
    redis.call('HSET', KEYS[2], ARGV[i], '{"hash":"' .. ARGV[i + 1] .. '","approved":' .. cjson.encode(ARGV[3]) .. ',"by":'
        .. cjson.encode(ARGV[4]) .. ',"tool":' .. ARGV[i + 2] .. '}')
end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[5], '*', 'change', 'pins', 'service', ARGV[1], 'version', '0')
return 1
