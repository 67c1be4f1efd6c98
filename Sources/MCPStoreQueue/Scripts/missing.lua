#!lua flags=no-writes
-- Which of these entries are not in a lane? A caller asks after another server took over.
--
-- KEYS  lane
-- ARGV  entry ids
-- Returns those that are not there.
if redis.call('TYPE', KEYS[1]).ok ~= 'stream' then return ARGV end
local missing = {}
for _, entry in ipairs(ARGV) do
    if #redis.call('XRANGE', KEYS[1], entry, entry) == 0 then missing[#missing + 1] = entry end
end
return missing
