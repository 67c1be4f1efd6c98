#!lua flags=no-writes
-- Jobs of a lane that a worker was given and that are not settled, oldest first, without their parameters: those may be large, and who
-- ends or moves a job needs none.
--
-- KEYS  lane
-- ARGV  1 group, 2 worker, 3 the most entries; fewer where their parameters are large
-- Returns each entry: its id, and its fields with empty params; no fields where its content was deleted from outside.
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], '-', '+', ARGV[3], ARGV[2])
if pending.err then return pending end
local reply, bytes = {}, 0
for i, entry in ipairs(pending) do
    local found = redis.call('XRANGE', KEYS[1], entry[1], entry[1])[1] or { entry[1], {} }
    local fields = found[2]
    for f = 1, #fields, 2 do
        bytes = bytes + #fields[f + 1]
        if fields[f] == 'params' then fields[f + 1] = '' end
    end
    reply[i] = found
    if bytes > 4194304 then break end
end
return reply
