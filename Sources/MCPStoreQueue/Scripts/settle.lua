#!lua flags=allow-oom
-- The one way in which a job ends or moves (docs/architecture.md, "Settle").
--
-- A batch of jobs of one space. XACK is the fence: only where it returns 1 is anything written, so that of all who try
-- to settle one entry (its worker, its caller, a sweeper, a zombie, this script sent twice) exactly one does.
--
-- KEYS     every key that ARGV names by its index in KEYS; index 0 means "none"
-- ARGV[1]  group, ARGV[2] number of jobs; then 19 arguments a job:
--    1 stream        index
--    2 entry         id of the entry in the stream
--    3 claim         '1': the entry may be undelivered; it is claimed first. '2': the same, but only if nobody was given it. '3': it was
--                    run, but this server may have forgotten that it was delivered; it is claimed first, and ends as it ended
--    4 action        end | move | delay
--    5 job           job id
--    6 inbox         index
--    7 stats         index
--    8 record        index of the durable record
--    9 retention     milliseconds that a record that does not say it is kept after the end
--   10 outcome       kind of the outcome (end), or the reason of the move
--   11 payload       result, error or reason as JSON
--   12 result        index of the key that holds a large payload, instead of the inbox entry
--   13 worker        who ran it
--   14 waited        microseconds until its start ('' unknown)
--   15 ran           microseconds it ran ('' never started)
--   16 buckets       histogram fields to count, and how its answer was used again, joined by spaces
--   17 finished      microseconds since 1970 by Redis' clock
--   18 attempt       end: the attempt that ended; move and delay: the attempt of the new entry
--   19 extra         end: index of the stream that takes a copy ('dead'), or 0
--                    move: deaths of the new entry, target stream index (0: the same), joined by a space
--                    delay: the same, then due time in ms, index of the sorted set, index of the hash
--
-- Returns one element a job: 0 it was not ours to settle; -1 it was given to a worker and '2' asked not to settle it then; 1 ended, or, where it
-- was claimed from a worker that may be running it, that worker's id, which is empty where nobody knows whether there is one; for a move the id
-- of the new entry, or 'delayed'.
--
-- Nothing in here may fail after the fence, whatever others wrote into the entry, the record or the stats: it would take the other
-- jobs of the batch along. Types are looked at before, every write is a pcall, and what a key of a wrong type cannot take goes to
-- the job's own lane.
local group, count = ARGV[1], tonumber(ARGV[2])
local width, at = 19, 2
local kinds, sums, deleted, settled, remade, reply = {}, {}, {}, {}, {}, {}

local function typed(index, want)
    if index == 0 then return false end
    local kind = kinds[index]
    if not kind then
        kind = redis.call('TYPE', KEYS[index]).ok
        kinds[index] = kind
    end
    return kind == want
end

local function takes(index, want)
    return typed(index, want) or typed(index, 'none')
end

-- Stats are added once a batch: one HINCRBY a distinct field.
local function add(index, field, amount)
    local fields = sums[index]
    if not fields then
        fields = {}
        sums[index] = fields
    end
    fields[field] = (fields[field] or 0) + amount
end

-- Whoever settles what is not his own learns here where it was; the entry knows its attempt.
local function claimed(key, entry, fields)
    local pending = redis.pcall('XPENDING', key, group, entry, entry, 1)
    local known = not pending.err and not remade[key]
    if pending.err and string.find(pending.err, 'NOGROUP', 1, true) then
        redis.pcall('XGROUP', 'CREATE', key, group, '0')
        remade[key] = true
        pending = {}
    end
    redis.pcall('XCLAIM', key, group, 'settle', 0, entry, 'FORCE', 'JUSTID')
    local attempt = fields and '1'
    for i = 1, fields and #fields or 0, 2 do
        if fields[i] == 'attempt' then attempt = fields[i + 1] end
    end
    -- Who had it a group that is gone does not say.
    return known and (pending[1] and pending[1][2]) or not known and '', attempt
end

-- What a job needs of an entry with more fields than a script can pass on at once. Nobody of ours writes so many.
local known = { 'id', 'method', 'name', 'inbox', 'timeout', 'wait', 'run', 'submitted', 'since', 'attempt', 'deaths', 'again',
    'progress', 'trace', 'record', 'replay', 'replays', 'key', 'params' }
local function compact(fields)
    if #fields <= 4000 then return fields end
    local values, kept = {}, {}
    for i = 1, #fields, 2 do values[fields[i]] = fields[i + 1] end
    for _, name in ipairs(known) do
        if values[name] then
            kept[#kept + 1] = name
            kept[#kept + 1] = values[name]
        end
    end
    return kept
end

local function notify(index, ...)
    if typed(index, 'stream') then
        redis.pcall('XADD', KEYS[index], 'NOMKSTREAM', '*', ...)
    end
end

for job = 1, count do
    local a = at + (job - 1) * width
    local stream, entry, action = tonumber(ARGV[a + 1]), ARGV[a + 2], ARGV[a + 4]
    local id, inbox, stats, record = ARGV[a + 5], tonumber(ARGV[a + 6]), tonumber(ARGV[a + 7]), tonumber(ARGV[a + 8])
    local outcome, payload, attempt, extra = ARGV[a + 10], ARGV[a + 11], ARGV[a + 18], ARGV[a + 19]
    local worker, won, fields, owner = ARGV[a + 13], 0, nil, nil
    local place = stream .. ' ' .. entry

    -- Entries are deleted at the end: until then one that is settled could be claimed, and acknowledged, once more.
    if not settled[place] and typed(stream, 'stream') then
        local key = KEYS[stream]
        local claims = ARGV[a + 3] ~= '0'
        local pending = ARGV[a + 3] == '2' and redis.pcall('XPENDING', key, group, entry, entry, 1)
        local given = pending and (pending.err or pending[1])
        if claims or action ~= 'end' or extra ~= '0' then
            local found = redis.pcall('XRANGE', key, entry, entry)[1]
            fields = found and found[2] and compact(found[2])
        end
        if given then
            won = -1
        elseif claims then
            local real
            owner, real = claimed(key, entry, fields)
            if ARGV[a + 3] == '3' then
                owner = nil
            elseif action == 'end' then
                if real and tonumber(real) then attempt = real end
                if worker == '' and owner then worker = owner end
                local phase = owner == '' and '' or '"phase":"' .. (owner and 'running' or 'waiting') .. '",'
                if string.sub(payload, 1, 2) == '{"' and not string.find(payload, '"phase":', 1, true) then
                    payload = '{' .. phase .. string.sub(payload, 2)
                elseif owner then
                    -- A worker was given it since somebody saw it wait.
                    payload = string.gsub(payload, '"phase":"waiting"', '"phase":"' .. (owner == '' and 'unknown' or 'running') .. '"', 1)
                end
            end
        end
        if won == 0 then won = redis.pcall('XACK', key, group, entry) end
        if type(won) ~= 'number' then won = 0 end
    end

    if won ~= 1 then
        reply[job] = won
    elseif action == 'end' then
        reply[job] = owner or 1
        local result = tonumber(ARGV[a + 12])
        local reference = ''
        if result > 0 and typed(inbox, 'stream') then
            -- The answers of a batch that was uploaded may be read in days: there it lives as long as the entry that names it.
            local life = 120000
            if string.find(KEYS[inbox], ':inbox:b-', 1, true) then
                local left = redis.pcall('PTTL', KEYS[inbox])
                if type(left) == 'number' and left > life then life = left end
            end
            redis.pcall('SET', KEYS[result], payload, 'PX', life)
            reference = KEYS[result]
        end
        notify(inbox, 'id', id, 'outcome', outcome, 'payload', reference == '' and payload or '', 'ref', reference,
            'worker', worker, 'attempt', attempt, 'waited', ARGV[a + 14], 'ran', ARGV[a + 15], 'at', ARGV[a + 17])
        if takes(record, 'hash') then
            redis.pcall('HSET', KEYS[record], 'status', 'ended', 'outcome', outcome, 'payload', payload,
                'worker', worker, 'attempt', attempt, 'waited', ARGV[a + 14], 'ran', ARGV[a + 15], 'ended', ARGV[a + 17])
            local retention = redis.pcall('HGET', KEYS[record], 'retention')
            local kept = type(retention) == 'string' and redis.pcall('PEXPIRE', KEYS[record], retention)
            if type(kept) ~= 'number' then redis.pcall('PEXPIRE', KEYS[record], ARGV[a + 9]) end
        end
        if takes(stats, 'hash') then
            add(stats, outcome, 1)
            if ARGV[a + 14] ~= '' then add(stats, 'waiting_us', tonumber(ARGV[a + 14])) end
            if ARGV[a + 15] ~= '' then add(stats, 'running_us', tonumber(ARGV[a + 15])) end
            if attempt ~= '1' then add(stats, 'retries', tonumber(attempt) - 1) end
            for bucket in string.gmatch(ARGV[a + 16], '%S+') do add(stats, bucket, 1) end
            local times = sums[stats]
            times[1] = math.min(times[1] or math.huge, tonumber(ARGV[a + 17]))
            times[2] = math.max(times[2] or 0, tonumber(ARGV[a + 17]))
        end
        if extra ~= '0' and fields then
            -- A lane names its service, which an entry does not.
            for _, pair in ipairs({ { 'stream', KEYS[stream] }, { 'entry', entry }, { 'worker', worker }, { 'reason', payload } }) do
                fields[#fields + 1] = pair[1]
                fields[#fields + 1] = pair[2]
            end
            redis.pcall('XADD', KEYS[tonumber(extra)], 'MAXLEN', '~', '100000', '*', unpack(fields))
        end
    elseif fields then
        -- A moved entry carries what it had; only attempt, deaths and the time of its first entry are set anew. What has its
        -- usual value may be left out, and params stays the last field.
        local deaths, target, due, delayed, jobs = string.match(extra, '^(%d+) (%d+) ?(-?%d*) ?(%d*) ?(%d*)$')
        local set = { attempt = attempt, deaths = deaths, since = string.match(entry, '^(%d+)') }
        for i = 1, #fields, 2 do
            local name = fields[i]
            if set[name] then
                if name ~= 'since' or fields[i + 1] == '' then fields[i + 1] = set[name] end
                set[name] = nil
            end
        end
        if set.attempt == '1' then set.attempt = nil end
        if set.deaths == '0' then set.deaths = nil end
        for name, value in pairs(set) do
            table.insert(fields, 1, value)
            table.insert(fields, 1, name)
        end
        local moved
        target, delayed, jobs = tonumber(target) or 0, tonumber(delayed) or 0, tonumber(jobs) or 0
        local destination = typed(target, 'stream') and KEYS[target] or KEYS[stream]
        if action == 'delay' and takes(delayed, 'zset') and takes(jobs, 'hash') then
            fields[#fields + 1] = 'stream'
            fields[#fields + 1] = destination
            redis.pcall('HSET', KEYS[jobs], id, cjson.encode(fields))
            redis.pcall('ZADD', KEYS[delayed], tonumber(due) or 0, id)
            moved = 'delayed'
        else
            moved = redis.pcall('XADD', destination, '*', unpack(fields))
        end
        if type(moved) == 'string' then
            reply[job] = moved
            -- Nobody waits for news of one call of a batch that was uploaded, and it may be moved often.
            local isWaitedFor = inbox > 0 and not string.find(KEYS[inbox], ':inbox:b-', 1, true)
            notify(isWaitedFor and inbox or 0, 'id', id, 'outcome', 'moved', 'payload', outcome, 'ref', moved,
                'worker', worker, 'attempt', attempt, 'waited', '', 'ran', '', 'at', ARGV[a + 17])
        else
            -- The lane takes no entries any more: somebody has used up its ids. The job stays where it is, and nobody is given it:
            -- its caller ends it at its deadline.
            reply[job], won = 0, 0
        end
    else
        -- Acknowledged, but its content was deleted from outside: there is nothing left to move or to answer.
        reply[job] = 0
    end

    if won == 1 then
        settled[place] = true
        local list = deleted[stream]
        if not list then
            list = {}
            deleted[stream] = list
        end
        list[#list + 1] = entry
    end
end

for stream, entries in pairs(deleted) do
    redis.pcall('XDEL', KEYS[stream], unpack(entries))
end
for stats, fields in pairs(sums) do
    local key = KEYS[stats]
    local first, last = fields[1], fields[2]
    fields[1], fields[2] = nil, nil
    for field, amount in pairs(fields) do
        redis.pcall('HINCRBY', key, field, amount)
    end
    redis.pcall('HSETNX', key, 'first_call', first)
    redis.pcall('HSET', key, 'last_call', last)
end
return reply
