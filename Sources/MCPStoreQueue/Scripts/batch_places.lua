#!lua flags=no-writes
-- Where calls of a batch that was uploaded were queued, without the calls: those may be large.
--
-- KEYS  its calls
-- ARGV  1 the first, from 0 on, 2 the most
-- Returns 'entry service' of each; fewer where the calls are large, none behind the last one.
local reply, from, left, bytes = {}, tonumber(ARGV[1]), tonumber(ARGV[2]), 0
if redis.call('TYPE', KEYS[1]).ok ~= 'list' then return reply end
while left > 0 and bytes < 4194304 do
    -- Few at a time: what is read here lies in Redis' memory once more.
    local calls = redis.call('LRANGE', KEYS[1], from, from + math.min(left, 8) - 1)
    for _, call in ipairs(calls) do
        bytes = bytes + #call
        reply[#reply + 1] = string.match(call, '^(%S+ %S+) ') or '- -'
    end
    if #calls < math.min(left, 8) then break end
    from, left = from + #calls, left - #calls
end
return reply
