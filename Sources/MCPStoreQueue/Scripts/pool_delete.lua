#!lua
-- The last one who leaves a pool of embedded stores deletes what nobody needs any more.
--
-- KEYS  leases, expired (set), leader, then what is deleted: token counter, events, spaces, placement
-- Returns 1, or 0 while somebody works, leads, or is to be recovered.
for i = 1, 3 do
    if redis.call('EXISTS', KEYS[i]) == 1 then return 0 end
end
redis.call('DEL', unpack(KEYS, 4))
return 1
