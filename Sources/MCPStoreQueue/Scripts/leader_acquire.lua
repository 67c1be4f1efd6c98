#!lua flags=allow-oom
-- The lease of the leading coordinator, with a fencing token that grows with every change of leader.
--
-- KEYS  leader, token counter
-- ARGV  coordinator, lease in ms
-- Returns { leads (1 or 0), token, seconds, microseconds, leader }.
local time = redis.call('TIME')
local holder = redis.call('GET', KEYS[1])
local name, token = string.match(holder or '', '^(.*):(%d+)$')
if not name then
    -- Where the counter was deleted it begins at a time, so that no token comes twice.
    redis.call('SET', KEYS[2], time[1] * 1000 + math.floor(time[2] / 1000), 'NX')
    token = redis.call('INCR', KEYS[2])
    redis.call('SET', KEYS[1], ARGV[1] .. ':' .. token, 'PX', ARGV[2])
    return { 1, tonumber(token), time[1], time[2], ARGV[1] }
end
if name == ARGV[1] then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return { 1, tonumber(token), time[1], time[2], name }
end
return { 0, tonumber(token), time[1], time[2], name }
