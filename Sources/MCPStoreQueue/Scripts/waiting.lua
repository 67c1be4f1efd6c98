#!lua flags=no-writes
-- Jobs of a lane that nobody was given yet, oldest first, without their parameters: those may be large, and who ends a job needs
-- none.
--
-- KEYS  lane
-- ARGV  1 group, 2 the id behind which to look ('' the first that nobody was given), 3 the most entries to look at, 4 now, in ms by
--       Redis' clock: only what has waited for too long ('' all)
-- Returns where to go on ('' at the end of the lane), then each entry: its id, and its fields with empty params.
if redis.call('TYPE', KEYS[1]).ok ~= 'stream' then return { '' } end
local left, now = tonumber(ARGV[3]), tonumber(ARGV[4])

local function parts(id)
    local milliseconds, sequence = string.match(id, '^(%d+)-(%d+)$')
    return tonumber(milliseconds) or 0, tonumber(sequence) or 0
end

-- Without its group, which a worker or the settle script makes anew, nothing was given to anybody.
local from = '0-0'
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local values = {}
    for i = 1, #group, 2 do values[group[i]] = group[i + 1] end
    if values.name == ARGV[1] then from = values['last-delivered-id'] end
end
if ARGV[2] ~= '' then
    local asked, sequence = parts(ARGV[2])
    local given, last = parts(from)
    if asked > given or asked == given and sequence > last then from = ARGV[2] end
end

-- The same as `Delivery.isOverdue`, which decides; this only leaves out what cannot be.
local function mayBeOverdue(id, values)
    local first = tonumber(values.since) or parts(id)
    local limit, wait = tonumber(values.timeout) or 60000, tonumber(values.wait) or 0
    if wait > 0 and wait < limit then limit = wait end
    return first + limit <= now
end

local reply, bytes = { '' }, 0
while left > 0 and bytes < 4194304 do
    -- Few at a time: what is read here lies in Redis' memory once more.
    local count = math.min(left, 8)
    local entries = redis.pcall('XRANGE', KEYS[1], '(' .. from, '+', 'COUNT', count)
    -- Behind the last of all ids there is nothing.
    if entries.err then return reply end
    for _, entry in ipairs(entries) do
        from = entry[1]
        local fields, values = entry[2], {}
        for i = 1, #fields, 2 do
            bytes = bytes + #fields[i + 1]
            values[fields[i]] = fields[i + 1]
            if fields[i] == 'params' then fields[i + 1] = '' end
        end
        if not now or mayBeOverdue(from, values) then reply[#reply + 1] = entry end
    end
    if #entries < count then return reply end
    left = left - count
end
reply[1] = from
return reply
