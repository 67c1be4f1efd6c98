#!lua flags=no-writes
-- Jobs of a lane, newest first, without their parameters: those may be large, and hold what only who sent them is to see.
--
-- KEYS  lane
-- ARGV  1 group, 2 the newest entry to look at ('+' for all), 3 the most jobs, 4 the most entries to look at,
--       5 'queued', 'running' or '' for both, 6 the tool's own name or '' for all
-- Returns the last entry that was looked at ('' where the end of the lane was reached), the time in microseconds, then for each job its entry, its fields
-- without params, the worker that has it ('' for none), and how many milliseconds ago that was given it.
local clock = redis.call('TIME')
local reply, key, group = { '', clock[1] * 1000000 + clock[2] }, KEYS[1], ARGV[1]
local most, looks, state, tool = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5], ARGV[6]
if redis.call('TYPE', key).ok ~= 'stream' then return reply end

local function parts(id)
    local milliseconds, sequence = string.match(id, '^(%d+)-(%d+)$')
    return tonumber(milliseconds) or 0, tonumber(sequence) or 0
end

local delivered = '0-0'
for _, info in ipairs(redis.call('XINFO', 'GROUPS', key)) do
    local values = {}
    for i = 1, #info, 2 do values[info[i]] = info[i + 1] end
    if values.name == group then delivered = values['last-delivered-id'] end
end
local time, number = parts(delivered)
local found, bytes, looked = 0, 0, 0

-- Returns whether there is room for more.
local function take(entry, worker, idle)
    local fields, isMeant = {}, tool == ''
    for i = 1, #entry[2], 2 do
        local name, value = entry[2][i], entry[2][i + 1]
        if name == 'params' then
            bytes = bytes + #value
        else
            if name == 'name' and value == tool then isMeant = true end
            fields[#fields + 1] = name
            fields[#fields + 1] = value
        end
    end
    looked = looked + 1
    if isMeant then
        found = found + 1
        for _, part in ipairs({ entry[1], fields, worker, idle }) do reply[#reply + 1] = part end
    end
    -- The first one may be that with which the last page has ended: there is always one more.
    if found < most and looked < looks and (bytes < 4194304 or looked < 2) then return true end
    reply[1] = entry[1]
    return false
end

if state == 'running' then
    -- As many as workers have slots: there is no way to read the newest of them alone.
    local pending = redis.pcall('XPENDING', key, group, '-', ARGV[2], 10000)
    for i = pending.err and 0 or #pending, 1, -1 do
        local entry = redis.call('XRANGE', key, pending[i][1], pending[i][1])[1]
        if entry and not take(entry, pending[i][2], pending[i][3]) then return reply end
    end
    return reply
end

local from = ARGV[2]
while true do
    -- Few at a time: what is read here lies in Redis' memory once more.
    local entries = redis.call('XREVRANGE', key, from, '-', 'COUNT', 8)
    for _, entry in ipairs(entries) do
        from = '(' .. entry[1]
        local t, n = parts(entry[1])
        local worker, idle = '', 0
        if t < time or t == time and n <= number then
            if state == 'queued' then return reply end
            local pending = redis.pcall('XPENDING', key, group, entry[1], entry[1], 1)
            if not pending.err and pending[1] then worker, idle = pending[1][2], pending[1][3] end
        end
        if not take(entry, worker, idle) then return reply end
    end
    if #entries < 8 then return reply end
end
