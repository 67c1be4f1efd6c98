#!lua flags=allow-oom
-- Creates or renews the inbox of a caller. An inbox exists before anything can be answered into it.
--
-- KEYS  inbox
-- ARGV  milliseconds that it lives without being renewed
-- Returns '1' when it was there, '0' when it was created (or created anew).
local there = redis.call('EXISTS', KEYS[1])
if there == 0 then
    redis.call('XADD', KEYS[1], '*', 'id', '', 'outcome', 'open', 'payload', '', 'ref', '',
        'worker', '', 'attempt', '0', 'waited', '', 'ran', '', 'at', '')
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return tostring(there)
