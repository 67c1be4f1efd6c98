#!lua flags=allow-oom
-- Takes away the leases that have run out, so that none of them can be renewed any more.
--
-- A Redis that was frozen runs what was sent to it meanwhile in any order: a leader's question would then take away leases
-- whose renewals lie right behind it. So the question is void when it comes to be answered later than the leader thinks.
--
-- KEYS  leases, expired (set)
-- ARGV  until when it may act, in ms by Redis' clock
-- Returns 'LATE', or { workers that are to be recovered…, } and the time of the next expiry in ms as the last element ('' none).
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[1] and now > tonumber(ARGV[1]) then return 'LATE' end
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
    redis.call('ZREM', KEYS[1], worker)
    redis.call('SADD', KEYS[2], worker)
end
local next = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local reply = redis.call('SMEMBERS', KEYS[2])
reply[#reply + 1] = next[2] and tostring(next[2] - now) or ''
return reply
