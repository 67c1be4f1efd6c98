#!lua flags=allow-oom
-- Counts the answers of a batch that was uploaded, from where they were counted before, and says how far it is. Each answer is counted
-- once, whoever asks.
--
-- KEYS  record of the batch, stream of its answers, sorted set of the space's batches
-- ARGV  1 id, 2 the most entries to look at
-- Returns whether there are more to count (1 or 0), then the fields and values of the record as it is then.
local record, answers, index = KEYS[1], KEYS[2], KEYS[3]
if redis.call('TYPE', record).ok ~= 'hash' then return { 0 } end
local known = redis.call('HMGET', record, 'kind', 'counted', 'outcomes', 'closed', 'accepted', 'status', 'cancel')
if known[1] ~= 'upload' then return { 0, unpack(redis.call('HGETALL', record)) } end

local outcomes, from, left, bytes, more, news = {}, known[2] or '0-0', tonumber(ARGV[2]), 0, 0, false
for kind, count in string.gmatch(known[3] or '', '(%S+) (%d+)') do outcomes[kind] = tonumber(count) end
local notes = { open = true, progress = true, moved = true, absent = true, recorded = true }
local function add(kind)
    if not kind or notes[kind] then return end
    outcomes[kind] = (outcomes[kind] or 0) + 1
    news = true
end
local isStream = redis.call('TYPE', answers).ok == 'stream'
while isStream do
    if left <= 0 or bytes > 4194304 then
        more = 1
        break
    end
    -- Few at a time: what is read here lies in Redis' memory once more.
    local entries = redis.call('XRANGE', answers, '(' .. from, '+', 'COUNT', 8)
    for _, entry in ipairs(entries) do
        local fields = entry[2]
        from, left = entry[1], left - 1
        for i = 1, #fields, 2 do
            bytes = bytes + #fields[i + 1]
            if fields[1] == 'worker' then
                if i > 1 then add(string.match(fields[i + 1], '^(%S+) ') or 'unreadable') end
            elseif fields[i] == 'outcome' then
                add(fields[i + 1])
            end
        end
    end
    if #entries < 8 then break end
end

if from ~= known[2] then redis.call('HSET', record, 'counted', from) end
if news then
    local words, answered = {}, 0
    for kind, count in pairs(outcomes) do
        words[#words + 1] = kind .. ' ' .. string.format('%.0f', count)
    end
    table.sort(words)
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    redis.call('HSET', record, 'outcomes', table.concat(words, ' '), 'updated', now)
    if redis.call('EXISTS', index) == 1 then redis.call('ZADD', index, 'XX', now, ARGV[1]) end
end
if known[4] == '1' and known[6] == 'running' and more == 0 then
    local answered = 0
    for _, count in pairs(outcomes) do answered = answered + count end
    if answered >= (tonumber(known[5]) or 0) then
        redis.call('HSET', record, 'status', known[7] == '1' and 'cancelled' or 'finished', 'total', known[5])
    end
end
return { more, unpack(redis.call('HGETALL', record)) }
