#!lua
-- Adds what was counted elsewhere, in the memory of a process while Redis was away, to the stats of a tool or a service.
--
-- KEYS  the stats
-- ARGV  first and last call ('' unknown), then fields and amounts
local first, last = ARGV[1], ARGV[2]
for i = 3, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
local function other(field, value, takes)
    if value == '' then return end
    local known = tonumber(redis.call('HGET', KEYS[1], field))
    if not known or takes(tonumber(value), known) then redis.call('HSET', KEYS[1], field, value) end
end
other('first_call', first, function(a, b) return a < b end)
other('last_call', last, function(a, b) return a > b end)
return 1
