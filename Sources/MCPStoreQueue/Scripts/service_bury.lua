#!lua
-- Deletes what a removed service left, once nothing of it is queued or running.
--
-- KEYS  removed, interactive lane, batch lane, config, tools, then the stats key of each of its tools
-- ARGV  name, then its tool keys in the same order ('' for the stats of the service itself)
-- Returns 1 when it is gone (or was added again), 0 while a lane still holds jobs.
if redis.call('EXISTS', KEYS[4]) == 1 then
    redis.call('HDEL', KEYS[1], ARGV[1])
    return 1
end
for i = 2, 3 do
    if redis.call('TYPE', KEYS[i]).ok == 'stream' and redis.call('XLEN', KEYS[i]) > 0 then return 0 end
end
for i = 2, 3 do
    if redis.call('TYPE', KEYS[i]).ok == 'stream' then redis.call('DEL', KEYS[i]) end
end
for i = 6, #KEYS do
    -- Another service may have claimed the key of a tool meanwhile: the stats are its own then.
    if redis.call('HEXISTS', KEYS[5], ARGV[i - 4]) == 0 then redis.call('DEL', KEYS[i]) end
end
redis.call('HDEL', KEYS[1], ARGV[1])
return 1
