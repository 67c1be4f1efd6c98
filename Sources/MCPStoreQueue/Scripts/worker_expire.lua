#!lua flags=allow-oom
-- Takes away the leases that have run out, so that none of them can be renewed any more.
--
-- A Redis that was frozen runs what was sent to it meanwhile in any order: a leader's question would then take away leases
-- whose renewals lie right behind it. So the question is void when it comes to be answered later than the leader thinks.
--
-- A lease that ends later than one that begins now was renewed before the clock went back: it is cut, so that the dead do not stay for as
-- long as that step was.
--
-- KEYS  leases, expired (set)
-- ARGV  until when it may act, in ms by Redis' clock; the longest lease in ms
-- Returns 'LATE', or { workers that are to be recovered…, } and the time of the next expiry in ms as the last element ('' none).
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit = tonumber(ARGV[1])
if limit and now > limit then return 'LATE' end
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
    redis.call('ZREM', KEYS[1], worker)
    redis.call('SADD', KEYS[2], worker)
end
local longest = tonumber(ARGV[2])
if longest then
    local latest = string.format('%d', now + longest)
    for _, worker in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. latest, '+inf')) do
        redis.call('ZADD', KEYS[1], latest, worker)
    end
end
local next = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local reply = redis.call('SMEMBERS', KEYS[2])
reply[#reply + 1] = next[2] and tostring(next[2] - now) or ''
return reply
