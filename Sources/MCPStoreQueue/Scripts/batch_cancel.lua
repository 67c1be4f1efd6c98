#!lua
-- Asks the command that runs a batch to cancel it, wherever it runs.
--
-- KEYS  record of the batch
-- Returns  whether there is such a batch
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
redis.call('HSET', KEYS[1], 'cancel', '1')
return 1
