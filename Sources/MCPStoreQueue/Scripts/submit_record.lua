#!lua
-- Submits a job with an idempotency key: the one run of its key, or a place among those who wait for that run.
--
-- KEYS  config of the service, its lane, its other lane, sorted set of delayed jobs, record of the key
-- ARGV  1 group, 2 hash of the parameters, 3 job id, 4 inbox of the caller ('' none), 5 milliseconds that the record is kept
--       after the end, 6 milliseconds that the run may take, 7 the most entries of the lane, 8 service,
--       9 use of the key (again, once, unlessStarted, join: KeyUse.swift), then the fields of the entry
-- Returns one of
--   accepted, entry id      this job is the run of the key; also when it was submitted before and its reply was lost
--   attached                the run goes on: its end is written to the record, and told to the inbox under this job id
--   ended, outcome, payload, worker, attempt, waited, ran, ended     the run has answered before
--   conflict                the key was used with other parameters
--   lost                    nothing is known of the run that is to be joined, or of the end of the one that there may be
--   gone                    there is no such service
--   busy, entries           the lane is full
--
-- A run that ended without an answer, or whose entry was deleted from outside and whose time is over, is no longer in the way:
-- a new one takes its place, where the key is used for that.
local record, id, use = KEYS[5], ARGV[3], ARGV[9]
local kind = redis.call('TYPE', record).ok
if kind ~= 'none' and kind ~= 'hash' then
    return redis.error_reply('WRONGTYPE the record of an idempotency key is no hash')
end

-- Whether a job lies in one of its lanes or waits for its time. A lane too long to be looked through counts as yes.
local function lies(job, first)
    for i = 2, 3 do
        if redis.call('TYPE', KEYS[i]).ok == 'stream' then
            local from, looked, bytes = first, 0, 0
            while true do
                -- Few at a time: what is read here, parameters included, lies in Redis' memory once more.
                local entries = redis.call('XRANGE', KEYS[i], from, '+', 'COUNT', 8)
                for _, entry in ipairs(entries) do
                    for f = 1, #entry[2], 2 do
                        if entry[2][f] == 'id' and entry[2][f + 1] == job then return true end
                        bytes = bytes + #entry[2][f + 1]
                    end
                end
                if #entries < 8 then break end
                from = '(' .. entries[8][1]
                looked = looked + 8
                if looked >= 10000 or bytes >= 67108864 then return true end
            end
        end
    end
    return redis.call('TYPE', KEYS[4]).ok == 'zset' and redis.call('ZSCORE', KEYS[4], job) ~= false
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local waiters, isOver = '', false
if kind == 'hash' then
    local known = redis.call('HMGET', record, 'status', 'hash', 'job', 'entry', 'deadline', 'waiters', 'outcome')
    local status, outcome = known[1], known[7]
    if known[2] and known[2] ~= ARGV[2] then return { 'conflict' } end
    local answered = outcome == 'ok' or outcome == 'toolError' or outcome == 'protocolError'
    isOver = status == 'ended' and not answered and (use == 'again' or use == 'unlessStarted' and outcome == 'unavailable')
    if status == 'ended' and (not isOver or known[3] == id) then
        local end_ = redis.call('HMGET', record, 'outcome', 'payload', 'worker', 'attempt', 'waited', 'ran', 'ended')
        for i = 1, 7 do end_[i] = end_[i] or '' end
        return { 'ended', unpack(end_) }
    elseif status and status ~= 'ended' then
        if known[3] == id then return { 'accepted', known[4] or '' } end
        if now <= (tonumber(known[5]) or 0) or lies(known[3], known[4] or '-') then
            local list = known[6] or ''
            -- Who has no place in the list looks at the record once a second, as everybody does.
            if ARGV[4] ~= '' and #list < 65536 and not string.find(' ' .. list, ' ' .. ARGV[4] .. ' ' .. id .. ' ', 1, true) then
                redis.call('HSET', record, 'waiters', list .. ARGV[4] .. ' ' .. id .. ' ')
            end
            return { 'attached' }
        end
        -- They wait for whatever runs under the key.
        waiters = known[6] or ''
    end
end
if use == 'join' or (use ~= 'again' and kind == 'hash' and not isOver) then return { 'lost' } end

if redis.call('EXISTS', KEYS[1]) == 0 then return { 'gone' } end
if redis.call('EXISTS', KEYS[2]) == 0 then
    redis.call('XGROUP', 'CREATE', KEYS[2], ARGV[1], '0', 'MKSTREAM')
elseif redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[7]) then
    return { 'busy', redis.call('XLEN', KEYS[2]) }
end
local entry = redis.call('XADD', KEYS[2], '*', unpack(ARGV, 10))
redis.call('DEL', record)
redis.call('HSET', record, 'status', 'running', 'service', ARGV[8], 'stream', KEYS[2], 'entry', entry, 'job', id, 'hash', ARGV[2],
    'deadline', now + ARGV[6], 'retention', ARGV[5], 'waiters', waiters)
return { 'accepted', entry }
