#!lua
-- Asks the command that runs a batch to cancel it, wherever it runs; of one that was uploaded, says that it is cancelled.
--
-- KEYS  record of the batch
-- Returns  whether there is such a batch
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
local known = redis.call('HMGET', KEYS[1], 'kind', 'status')
if known[1] == 'upload' then
    -- Nobody runs it: no more of it is taken, and whoever asks takes back what is queued.
    if known[2] == 'running' then redis.call('HSET', KEYS[1], 'cancel', '1', 'closed', '1') end
else
    redis.call('HSET', KEYS[1], 'cancel', '1')
end
return 1
