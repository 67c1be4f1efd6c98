#!lua
-- Deletes what a removed service left, once nothing of it is queued or running.
--
-- KEYS  removed, interactive lane, batch lane, config, then the stats key of each of its tools
-- ARGV  name
-- Returns 1 when it is gone (or was added again), 0 while a lane still holds jobs.
if redis.call('EXISTS', KEYS[4]) == 1 then
    redis.call('HDEL', KEYS[1], ARGV[1])
    return 1
end
for i = 2, 3 do
    if redis.call('XLEN', KEYS[i]) > 0 then return 0 end
end
redis.call('DEL', KEYS[2], KEYS[3])
for i = 5, #KEYS do redis.call('DEL', KEYS[i]) end
redis.call('HDEL', KEYS[1], ARGV[1])
return 1
