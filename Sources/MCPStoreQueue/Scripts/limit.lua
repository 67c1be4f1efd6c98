#!lua flags=allow-oom
-- The limits of one principal over all gateways: a token bucket for its requests, and places for those that are not answered yet.
--
-- KEYS     limit:{principal}, a hash: tokens, at (ms of their last count), and g:{holder} -> "places end" (end of its lease in ms)
-- ARGV[1]  holder: a part of a gateway
--     [2]  rate, tokens a second; 0: not limited
--     [3]  burst, the most tokens
--     [4]  places that there are; 0: not limited
--     [5]  tokens that it wants
--     [6]  tokens of an earlier grant that it did not use
--     [7]  places that it wants to hold, instead of those that it held
--     [8]  of these, those that requests have already
--     [9]  lease in ms
-- Returns { tokens, ms until the next token, places }.
local key, holder = KEYS[1], ARGV[1]
local rate, burst, limit = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local wanted, unused = tonumber(ARGV[5]), tonumber(ARGV[6])
local places, taken, lease = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local life = lease

local tokens, wait = 0, 0
if rate > 0 then
    local fields = redis.call('HMGET', key, 'tokens', 'at')
    local have, at = tonumber(fields[1] or burst), tonumber(fields[2] or now)
    if not have or not at then have, at = burst, now end
    -- A clock that went back adds nothing.
    have = math.min(burst, have + unused + math.max(now - at, 0) * rate / 1000)
    tokens = math.max(math.min(wanted, math.floor(have)), 0)
    have = have - tokens
    if have < 1 then wait = math.ceil((1 - have) * 1000 / rate) end
    redis.call('HSET', key, 'tokens', string.format('%.6f', have), 'at', now)
    -- A bucket that has had time to fill is like one that is not there.
    life = math.max(life, math.ceil((burst - have) * 1000 / rate))
end

local granted = 0
if limit > 0 then
    local others, gone = 0, {}
    local all = redis.call('HGETALL', key)
    for i = 1, #all, 2 do
        local name = string.match(all[i], '^g:(.*)$')
        if name then
            local count, ends = string.match(all[i + 1], '^(%d+) (%d+)$')
            if not ends or tonumber(ends) <= now then
                gone[#gone + 1] = all[i]
            elseif name ~= holder then
                others = others + tonumber(count)
            end
        end
    end
    for _, field in ipairs(gone) do redis.call('HDEL', key, field) end
    granted = math.max(math.min(places, limit - others), taken, 0)
    if granted > 0 then
        redis.call('HSET', key, 'g:' .. holder, granted .. ' ' .. string.format('%d', now + lease))
    else
        redis.call('HDEL', key, 'g:' .. holder)
    end
end
redis.call('PEXPIRE', key, life + 1000)
return { tokens, wait, granted }
