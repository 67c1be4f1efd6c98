#!lua flags=allow-oom
-- Ends jobs that a worker ran, the common case of settle.lua made cheap: nothing is claimed, nothing moves, no durable record,
-- no copy in 'dead', the first attempt, small payloads.
--
-- The fence is the same: only where XACK returns 1 is anything written. What is cheaper is all around it: sums of the stats
-- come ready made, and the outcomes of a batch for one inbox share an entry.
--
-- KEYS     every key that ARGV names by its index in KEYS; index 0 means "none"
-- ARGV[1]  group, ARGV[2] worker; then parts, one for each lane and stats of a batch:
--    1 stream        index of the lane
--    2 stats         index
--    3 count         number of jobs
--    4 sums          number of pairs: what to add to the stats if all of them are ours
--    5 first         when the first of them ended, microseconds since 1970 by Redis' clock
--    6 last          when the last of them ended
--    then field and amount of each sum; then for each job
--    1 entry         id of the entry in the lane
--    2 inbox         index
--    3 job           job id
--    4 outcome       kind, microseconds waited, microseconds ran, payload: joined by spaces
--
-- Returns the positions of the jobs that were not ours to settle, counted from 1 over all parts; all others have ended.
--
-- Nothing in here may fail after the fence: what a key of a wrong type cannot take is left out.
local group, worker, at, size = ARGV[1], ARGV[2], 3, #ARGV
local answered, lost, boxes = 0, {}, {}

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
        local kind, waited, ran = string.match(value, '^(%S+) (%d*) (%d*) ')
        add(kind, 1)
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

-- Sums may pass what a number of Lua holds exactly: Redis adds them.
local function count(key, pairs_, from, to, first, last)
    local names, amounts = {}, {}
    for i = from, to, 2 do
        local field = pairs_[i]
        if field == 'waiting_us' or field == 'running_us' then
            redis.pcall('HINCRBY', key, field, pairs_[i + 1])
        else
            names[#names + 1] = field
            amounts[#amounts + 1] = pairs_[i + 1]
        end
    end
    names[#names + 1] = 'first_call'
    names[#names + 1] = 'last_call'
    local old = redis.pcall('HMGET', key, unpack(names))
    if old.err then return end
    local new, width = {}, #amounts
    for i = 1, width do
        new[i * 2 - 1] = names[i]
        new[i * 2] = string.format('%.0f', (tonumber(old[i]) or 0) + amounts[i])
    end
    if not old[width + 1] then
        new[#new + 1] = 'first_call'
        new[#new + 1] = first
    end
    if not old[width + 2] or tonumber(old[width + 2]) < tonumber(last) then
        new[#new + 1] = 'last_call'
        new[#new + 1] = last
    end
    redis.pcall('HSET', key, unpack(new))
end

while at < size do
    local key, stats = KEYS[tonumber(ARGV[at])], KEYS[tonumber(ARGV[at + 1])]
    local jobs, sums = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
    local first, last, added = ARGV[at + 4], ARGV[at + 5], at + 6
    local each = added + sums * 2
    at = each + jobs * 4

    local ended, values = {}, {}
    for a = each, at - 1, 4 do
        local entry, index = ARGV[a], ARGV[a + 1]
        answered = answered + 1
        if redis.pcall('XACK', key, group, entry) == 1 then
            ended[#ended + 1] = entry
            values[#values + 1] = ARGV[a + 3]
            local box = boxes[index]
            if not box then
                box = { 'worker', worker }
                boxes[index] = box
            end
            box[#box + 1] = ARGV[a + 2]
            box[#box + 1] = ARGV[a + 3]
        else
            lost[#lost + 1] = answered
        end
    end
    if #ended == jobs then
        count(stats, ARGV, added, each - 1, first, last)
    elseif #ended > 0 then
        local amounts = summed(values)
        count(stats, amounts, 1, #amounts, first, last)
    end
    if #ended > 0 then redis.pcall('XDEL', key, unpack(ended)) end
end
boxes['0'] = nil
for index, box in pairs(boxes) do
    redis.pcall('XADD', KEYS[tonumber(index)], 'NOMKSTREAM', '*', unpack(box))
end
return lost
