#!lua flags=allow-oom
-- Ends jobs that a worker ran, the common case of settle.lua made cheap: nothing is claimed, nothing moves, no durable record,
-- no copy in 'dead', the first attempt, small payloads.
--
-- The fence is the same: only what XACK took from the pending list is written anywhere. What is cheaper is all around it: one
-- XACK a lane, sums of the stats that come ready made, and the outcomes of a batch for one inbox share an entry.
--
-- KEYS     every key that ARGV names by its index in KEYS; index 0 means "none"
-- ARGV[1]  group, ARGV[2] worker; then parts, one for each lane and stats of a batch:
--    1 stream        index of the lane
--    2 stats         index
--    3 count         number of jobs
--    4 sums          number of pairs: what to add to the stats if all of them are ours
--    5 inboxes       number of inboxes
--    6 first         when the first of them ended, microseconds since 1970 by Redis' clock; of all of them, ours or not
--    7 last          when the last of them ended
--    then the ids of the entries; then field and amount of each sum; then for each inbox, in the order of the entries,
--    1 inbox         index
--    2 count         number of jobs
--    then for each of its jobs its id, and its outcome: kind, microseconds waited, microseconds ran and payload, joined by spaces
--
-- Returns the positions of the jobs that were not ours to settle, counted from 1 over all parts; all others have ended.
--
-- Nothing in here may fail after the fence: what a key of a wrong type cannot take is left out.
local group, worker, at, size = ARGV[1], ARGV[2], 3, #ARGV
local answered, lost = 0, {}

-- The histogram of the stats (LatencyBuckets.swift).
local function bucket(microseconds)
    if microseconds <= 1 then return 0 end
    local _, exponent = math.frexp(microseconds - 1)
    exponent = exponent - 1
    local base = 2 ^ exponent
    return math.min(exponent * 4 + math.floor((microseconds - 1 - base) * 4 / base) + 1, 148)
end

-- What the jobs that were ours add, where others were not.
local function summed(values)
    local sums = {}
    local function add(field, amount) sums[field] = (sums[field] or 0) + amount end
    for _, value in ipairs(values) do
        local kind, waited, ran = string.match(value, '^(%S*) (%d*) (%d*) ')
        add(kind or 'unknown', 1)
        for field, time in pairs({ waiting_us = tonumber(waited), running_us = tonumber(ran) }) do
            add(field, time)
            add(string.sub(field, 1, 1) .. bucket(time), 1)
        end
    end
    local pairs_ = {}
    for field, amount in pairs(sums) do
        pairs_[#pairs_ + 1] = field
        pairs_[#pairs_ + 1] = amount
    end
    return pairs_
end

-- Adds pairs of field and amount. Many fields are read and written together, which is cheaper, but for the sums of microseconds:
-- they may pass what a number of Lua holds exactly.
local function count(key, amounts, from, to, first, last)
    local isNew, names, values = false, {}, {}
    for i = from, to, 2 do
        local field, amount = amounts[i], amounts[i + 1]
        if to - from < 16 or field == 'waiting_us' or field == 'running_us' then
            local now = redis.pcall('HINCRBY', key, field, amount)
            -- A field that holds no number is lost alone; so is a key that is no hash.
            if now == tonumber(amount) then isNew = true end
        else
            names[#names + 1] = field
            values[#values + 1] = amount
        end
    end
    local new = { 'last_call', last }
    if names[1] then
        local old = redis.pcall('HMGET', key, unpack(names))
        if old.err then return end
        for i, field in ipairs(names) do
            local now = old[i] and tonumber(old[i]) or not old[i] and 0
            if not old[i] then isNew = true end
            if now then
                new[#new + 1] = field
                new[#new + 1] = string.format('%.0f', now + values[i])
            end
        end
    end
    -- Whoever counts something for the first time may be the first of all.
    if isNew then redis.pcall('HSETNX', key, 'first_call', first) end
    redis.pcall('HSET', key, unpack(new))
    -- Nothing else that this script writes to is made by it.
    if isNew then lease(key) end
end

-- The id that was delivered last: what lies behind it in the lane was given to nobody, as far as this server remembers.
local function delivered(key)
    local groups = redis.pcall('XINFO', 'GROUPS', key)
    for _, info in ipairs(groups.err and {} or groups) do
        local fields = {}
        for f = 1, #info, 2 do fields[info[f]] = info[f + 1] end
        if fields.name == group then
            local time, number = string.match(fields['last-delivered-id'], '^(%d+)%-(%d+)$')
            return tonumber(time), tonumber(number)
        end
    end
    return 0, 0
end

-- Not all of a part are ours. Whatever was settled before was deleted in the same step, so that those that XACK took are those
-- that still exist; one that stands in the batch twice is ours once. A Redis that has forgotten its last second may have entries that
-- it does not know to have delivered: XACK did not take those. If somebody has tampered with the stream, the number that XACK took
-- decides.
local function found(key, from, jobs, won)
    local ours, seen, queued, left = {}, {}, {}, won
    local time, number = delivered(key)
    for job = 1, jobs do
        local entry = ARGV[from + job - 1]
        local t, n = string.match(entry, '^(%d+)%-(%d+)$')
        t, n = tonumber(t) or 0, tonumber(n) or 0
        queued[job] = t > time or t == time and n > number
        local there = left > 0 and not queued[job] and not seen[entry] and redis.pcall('XRANGE', key, entry, entry)
        seen[entry] = true
        if there and there[1] then
            ours[job] = true
            left = left - 1
        end
    end
    for job = 1, jobs do
        if left > 0 and not ours[job] and not queued[job] then
            ours[job] = true
            left = left - 1
        end
    end
    return ours
end

while at < size do
    local key, stats = KEYS[tonumber(ARGV[at])], KEYS[tonumber(ARGV[at + 1])]
    local jobs, sums, inboxes = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
    local first, last, entries = ARGV[at + 5], ARGV[at + 6], at + 7
    local added = entries + jobs
    at = added + sums * 2

    local won = redis.pcall('XACK', key, group, unpack(ARGV, entries, added - 1))
    if type(won) ~= 'number' then won = 0 end
    local ours = won < jobs and found(key, entries, jobs, won)
    local values, ended, job = {}, {}, 0
    for _ = 1, inboxes do
        local inbox, count = KEYS[tonumber(ARGV[at])], tonumber(ARGV[at + 1])
        local pairs_ = at + 2
        at = pairs_ + count * 2
        if not ours then
            if inbox then redis.pcall('XADD', inbox, 'NOMKSTREAM', '*', 'worker', worker, unpack(ARGV, pairs_, at - 1)) end
        else
            local box = {}
            for a = pairs_, at - 1, 2 do
                job = job + 1
                if ours[job] then
                    box[#box + 1] = ARGV[a]
                    box[#box + 1] = ARGV[a + 1]
                    values[#values + 1] = ARGV[a + 1]
                    ended[#ended + 1] = ARGV[entries + job - 1]
                else
                    lost[#lost + 1] = answered + job
                end
            end
            if inbox and box[1] then redis.pcall('XADD', inbox, 'NOMKSTREAM', '*', 'worker', worker, unpack(box)) end
        end
    end
    answered = answered + jobs
    if not ours then
        redis.pcall('XDEL', key, unpack(ARGV, entries, added - 1))
        count(stats, ARGV, added, added + sums * 2 - 1, first, last)
    elseif won > 0 then
        redis.pcall('XDEL', key, unpack(ended))
        local amounts = summed(values)
        count(stats, amounts, 1, #amounts, first, last)
    end
end
return lost
