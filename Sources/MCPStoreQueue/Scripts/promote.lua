#!lua flags=allow-oom
-- Puts delayed jobs whose time has come back into their lane. ZREM is the gate: two leaders promote a job once.
--
-- KEYS  sorted set, hash of delayed jobs, the lane
-- ARGV  group, then job ids
-- Returns how many were moved, and the due time of the next delayed job of the space ('' none).
local moved = 0
local kind = redis.call('TYPE', KEYS[3]).ok
if kind ~= 'stream' and kind ~= 'none' then
    -- Somebody else's key has the name of the lane: the jobs stay, and are tried again in a minute.
    local time = redis.call('TIME')
    for i = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', (time[1] + 60) * 1000, ARGV[i]) end
    local next = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
    return { 0, next[2] or '' }
end
for i = 2, #ARGV do
    local packed = redis.call('HGET', KEYS[2], ARGV[i])
    if redis.call('ZREM', KEYS[1], ARGV[i]) == 1 and packed then
        -- What is no job, or more than a script can pass on, was written by somebody else: it goes.
        local fine, fields = pcall(cjson.decode, packed)
        if fine and type(fields) == 'table' and #fields > 2 and #fields < 7000 then
            if redis.call('EXISTS', KEYS[3]) == 0 then
                redis.call('XGROUP', 'CREATE', KEYS[3], ARGV[1], '0', 'MKSTREAM')
            end
            -- The last two fields name the lane.
            local added = redis.pcall('XADD', KEYS[3], '*', unpack(fields, 1, #fields - 2))
            if type(added) == 'string' then moved = moved + 1 end
        end
    end
    redis.call('HDEL', KEYS[2], ARGV[i])
end
local next = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return { moved, next[2] or '' }
