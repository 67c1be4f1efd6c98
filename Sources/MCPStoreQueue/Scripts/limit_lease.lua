#!lua flags=allow-oom
-- Leases slots and tokens of one limit to a worker (docs/tenants.md). What workers hold and what is left is never more than the burst, so that
-- in any time of t seconds no more than burst + rate * t start. A share that is not renewed ends with its lease.
--
-- A worker on which calls wait that it cannot start is noted; who has what it needs, or gives something back, learns of it and rings.
--
-- KEYS  the hash of the limit: level and at (tokens that are left, and when that was, µs); w:{worker} = "slots tokens until" (µs);
--       q:{worker} = "since until" (µs) of workers on which calls wait
-- ARGV  worker, lease in ms, concurrency (0 not limited), rate a second (0 not limited), burst, slots that it wants to have, slots in
--       use, tokens that it keeps, tokens that it gives back, tokens that it wants to have more, the most that one call costs, calls
--       that wait on it
-- Returns { slots, more tokens (less than 0: it keeps none), microseconds until there may be more tokens that are of use there (0 not
-- known), 1 if calls wait on others + 2 if calls wait here that cannot start, workers to ring }.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local mine, hungry, lease = 'w:' .. ARGV[1], 'q:' .. ARGV[1], tonumber(ARGV[2])
local concurrency, rate, burst = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local wanted, used, kept, returned, more, unit =
    tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local waiting = tonumber(ARGV[12] or 0)
local fields = redis.call('HGETALL', KEYS[1])
local level, at, slots, held, before = nil, now, 0, 0, 0
local holders, others, since = {}, {}, now
-- What ends later than any lease that begins now was written before the clock went back.
local latest = now + lease * 4000
for i = 1, #fields, 2 do
    local name, value = fields[i], fields[i + 1]
    if name == 'level' then level = tonumber(value)
    elseif name == 'at' then at = tonumber(value) or now
    elseif string.sub(name, 1, 2) == 'w:' and name ~= mine then
        local share, tokens, ends = string.match(value, '^(%d+) (%d+) (%d+)$')
        if not ends or tonumber(ends) <= now or tonumber(ends) > latest then
            redis.call('HDEL', KEYS[1], name)
        else
            slots = slots + share
            held = held + tokens
            if tonumber(share) > 0 or tonumber(tokens) > 0 then holders[#holders + 1] = string.sub(name, 3) end
        end
    elseif name == mine then
        -- What it held until now: as long as it did, the bucket could not fill up.
        local tokens, ends = string.match(value, '^%d+ (%d+) (%d+)$')
        if ends and tonumber(ends) > now then before = tonumber(tokens) end
    elseif name == hungry then since = tonumber(string.match(value, '^(%d+) ')) or now
    elseif string.sub(name, 1, 2) == 'q:' then
        local first, ends = string.match(value, '^(%d+) (%d+)$')
        if not ends or tonumber(ends) <= now or tonumber(ends) > latest then
            redis.call('HDEL', KEYS[1], name)
        else
            others[#others + 1] = { tonumber(first), string.sub(name, 3) }
        end
    end
end
local share, extra, wait = 0, 0, 0
if concurrency > 0 then share = math.max(math.min(wanted, concurrency - slots), 0) end
if rate > 0 then
    local room = math.max(burst - held - kept, 0)
    local filled = math.min((level or burst) + math.max(now - at, 0) * rate / 1000000, math.max(burst - held - before, 0))
    level = math.max(math.min(math.max(filled, 0) + returned, room), 0)
    extra = math.min(more, math.floor(level))
    if kept + extra < unit then extra = 0 end
    level = level - extra
    -- Of slots and tokens one without the other is of no use here, and lets nobody else start: both, or neither.
    if concurrency > 0 then
        if kept + extra < unit then share = math.min(share, used) end
        if math.max(share, used) == 0 then
            level = math.min(level + kept + extra, burst - held)
            extra = -kept
        end
    end
    local need = math.max(unit - kept - extra, 1) - level
    if need > 0 and room >= unit and (concurrency == 0 or concurrency > slots or used > 0) then wait = math.ceil(need * 1000000 / rate) end
    redis.call('HSET', KEYS[1], 'level', string.format('%.6f', level), 'at', string.format('%.0f', now))
end
local recorded = math.max(share, used)
if recorded + kept + extra > 0 then
    redis.call('HSET', KEYS[1], mine, string.format('%d %d %.0f', recorded, kept + extra, now + lease * 1000))
else
    redis.call('HDEL', KEYS[1], mine)
end
local short = waiting > 0 and (concurrency > 0 and share <= used or rate > 0 and kept + extra < unit)
if short then
    redis.call('HSET', KEYS[1], hungry, string.format('%.0f %.0f', since, now + lease * 1000))
else
    redis.call('HDEL', KEYS[1], hungry)
end
local ring = {}
if short then
    for i = 1, math.min(#holders, 4) do ring[i] = holders[i] end
elseif #others > 0 and (concurrency == 0 or slots + recorded < concurrency) and (rate == 0 or level >= 1) then
    -- Who has waited for longest.
    table.sort(others, function(a, b) return a[1] < b[1] end)
    for i = 1, math.min(#others, 2) do ring[i] = others[i][2] end
end
-- Without a hash everything is there: it may go once the bucket is full again and every lease has ended.
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', lease * 3 + (rate > 0 and math.ceil(burst / rate) * 1000 or 0)))
return { share, extra, wait, (#others > 0 and 1 or 0) + (short and 2 or 0), ring }
