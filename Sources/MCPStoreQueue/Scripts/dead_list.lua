#!lua flags=allow-oom
-- Lists dead letters, newest first, without their parameters: those may be large, and hold what only a person who asks for one
-- letter is to see.
--
-- KEYS  dead
-- ARGV  where to begin ('+', or '(' and an id), the oldest id ('-', or milliseconds), the most letters
-- Returns where to go on ('' at the end), then for each letter its id, its fields without params, and the bytes of params.
local reply, from, count, bytes = { '' }, ARGV[1], 0, 0
if redis.call('TYPE', KEYS[1]).ok ~= 'stream' then return reply end
while true do
    -- Few at a time: what is read here lies in Redis' memory once more.
    local entries = redis.call('XREVRANGE', KEYS[1], from, ARGV[2], 'COUNT', 8)
    for _, entry in ipairs(entries) do
        local fields, size = {}, 0
        for i = 1, #entry[2], 2 do
            if entry[2][i] == 'params' then
                size = #entry[2][i + 1]
            else
                fields[#fields + 1] = entry[2][i]
                fields[#fields + 1] = entry[2][i + 1]
            end
        end
        reply[#reply + 1] = entry[1]
        reply[#reply + 1] = fields
        reply[#reply + 1] = size
        from, count, bytes = '(' .. entry[1], count + 1, bytes + size
    end
    if #entries < 8 then return reply end
    if count >= tonumber(ARGV[3]) or bytes > 4194304 then
        reply[1] = from
        return reply
    end
end
