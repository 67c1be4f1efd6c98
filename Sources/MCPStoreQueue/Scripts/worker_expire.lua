#!lua
-- Takes away the leases that have run out, so that none of them can be renewed any more.
--
-- KEYS  leases, expired (set)
-- Returns { workers that are to be recovered…, } and the time of the next expiry in ms as the last element ('' none).
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
    redis.call('ZREM', KEYS[1], worker)
    redis.call('SADD', KEYS[2], worker)
end
local next = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local reply = redis.call('SMEMBERS', KEYS[2])
reply[#reply + 1] = next[2] and tostring(next[2] - now) or ''
return reply
