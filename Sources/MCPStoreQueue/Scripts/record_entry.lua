#!lua flags=no-writes
-- Which entry of a lane is the job of a record? One that was run again has another entry, behind the first one.
--
-- KEYS  lane
-- ARGV  1 record, 2 the first entry id to look at, 3 the most entries to look at
-- Returns the entry, as XRANGE does; else how many entries were looked at, and '(' and the id behind which to go on, '' at the
-- end of the lane.
if redis.call('TYPE', KEYS[1]).ok ~= 'stream' then return { 0, '' } end
local from, looked, bytes, most = ARGV[2], 0, 0, tonumber(ARGV[3])
while true do
    -- Few at a time: what is read here, parameters included, lies in Redis' memory once more.
    local count = math.min(8, most - looked)
    local entries = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', count)
    for _, entry in ipairs(entries) do
        local fields = entry[2]
        for i = 1, #fields, 2 do
            if fields[i] == 'record' and fields[i + 1] == ARGV[1] then return { entry } end
            bytes = bytes + #fields[i + 1]
        end
    end
    looked = looked + #entries
    if #entries < count then return { looked, '' } end
    from = '(' .. entries[count][1]
    -- Others wait for Redis meanwhile.
    if looked >= most or bytes >= 33554432 then return { looked, from } end
end
