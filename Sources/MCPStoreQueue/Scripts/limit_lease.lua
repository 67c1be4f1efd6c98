#!lua flags=allow-oom
-- Leases slots and tokens of one limit to a worker (docs/tenants.md). What workers hold and what is left is never more than the burst, so that
-- in any time of t seconds no more than burst + rate * t start. A share that is not renewed ends with its lease.
--
-- KEYS  the hash of the limit: level and at (tokens that are left, and when that was, µs); w:{worker} = "slots tokens until" (µs)
-- ARGV  worker, lease in ms, concurrency (0 not limited), rate a second (0 not limited), burst, slots that it wants to have, slots in
--       use, tokens that it keeps, tokens that it gives back, tokens that it wants to have more, the most that one call costs
-- Returns { slots, more tokens, microseconds until there may be more tokens (0 not known) }.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local mine, lease = 'w:' .. ARGV[1], tonumber(ARGV[2])
local concurrency, rate, burst = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local wanted, used, kept, returned, more, unit =
    tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local fields = redis.call('HGETALL', KEYS[1])
local level, at, slots, held = nil, now, 0, 0
for i = 1, #fields, 2 do
    local name, value = fields[i], fields[i + 1]
    if name == 'level' then level = tonumber(value)
    elseif name == 'at' then at = tonumber(value) or now
    elseif string.sub(name, 1, 2) == 'w:' and name ~= mine then
        local share, tokens, ends = string.match(value, '^(%d+) (%d+) (%d+)$')
        if not ends or tonumber(ends) <= now then
            redis.call('HDEL', KEYS[1], name)
        else
            slots = slots + share
            held = held + tokens
        end
    end
end
local share, extra, wait = 0, 0, 0
if concurrency > 0 then share = math.max(math.min(wanted, concurrency - slots), 0) end
if rate > 0 then
    local room = math.max(burst - held - kept, 0)
    level = math.max(math.min((level or burst) + returned + math.max(now - at, 0) * rate / 1000000, room), 0)
    extra = math.min(more, math.floor(level))
    if kept + extra < unit then extra = 0 end
    level = level - extra
    local need = math.max(unit - kept - extra, 1) - level
    if need > 0 and room >= unit then wait = math.ceil(need * 1000000 / rate) end
    redis.call('HSET', KEYS[1], 'level', string.format('%.6f', level), 'at', string.format('%.0f', now))
end
local recorded = math.max(share, used)
if recorded + kept + extra > 0 then
    redis.call('HSET', KEYS[1], mine, string.format('%d %d %.0f', recorded, kept + extra, now + lease * 1000))
else
    redis.call('HDEL', KEYS[1], mine)
end
-- Without a hash everything is there: it may go once the bucket is full again and every lease has ended.
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', lease * 3 + (rate > 0 and math.ceil(burst / rate) * 1000 or 0)))
return { share, extra, wait }
