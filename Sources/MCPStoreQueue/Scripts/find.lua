#!lua flags=allow-oom
-- Where is a job whose XADD was sent but never confirmed? Its caller asks once it is connected again.
--
-- KEYS  lane, sorted set of delayed jobs, inbox of the caller
-- ARGV  job id, first and last entry id to look at, the most entries to look at in one call
-- Returns the entry's id, 'delayed', '(' and the id behind which to go on, or nil. On nil a marker follows in the inbox:
-- outcomes are written there in order, so a caller that reads the marker before any outcome knows that the job was never
-- accepted.
if redis.call('TYPE', KEYS[1]).ok == 'stream' then
    local from, looked, most = ARGV[2], 0, tonumber(ARGV[4])
    while true do
        -- Few at a time: what is read here, parameters included, lies in Redis' memory once more.
        local count = math.min(8, most - looked)
        local entries = redis.call('XRANGE', KEYS[1], from, ARGV[3], 'COUNT', count)
        for _, entry in ipairs(entries) do
            local fields = entry[2]
            for i = 1, #fields, 2 do
                if fields[i] == 'id' and fields[i + 1] == ARGV[1] then return entry[1] end
            end
        end
        if #entries < count then break end
        from = '(' .. entries[count][1]
        looked = looked + count
        if looked >= most then return from end
    end
end
if redis.call('TYPE', KEYS[2]).ok == 'zset' and redis.call('ZSCORE', KEYS[2], ARGV[1]) then return 'delayed' end
if redis.call('TYPE', KEYS[3]).ok == 'stream' then
    redis.call('XADD', KEYS[3], '*', 'id', ARGV[1], 'outcome', 'absent', 'payload', '', 'ref', '',
        'worker', '', 'attempt', '0', 'waited', '', 'ran', '', 'at', '')
end
return false
