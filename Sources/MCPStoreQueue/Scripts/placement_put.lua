#!lua flags=allow-oom
-- The leader places one service: who hosts it from now on. Written only while the leader's token holds.
--
-- KEYS  leader, placement (hash), then per worker that gains or loses it: its services (set), its control stream
-- ARGV  coordinator:token, the service as 'space service', its workers joined by spaces ('' none),
--       then per worker: 'place' or 'unplace'
-- Returns 1, or 0 when another leads.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[2], ARGV[2]) else redis.call('HSET', KEYS[2], ARGV[2], ARGV[3]) end
for i = 4, #ARGV do
    local services, control = KEYS[3 + (i - 4) * 2], KEYS[4 + (i - 4) * 2]
    local told = redis.call('XADD', control, 'NOMKSTREAM', 'MAXLEN', '~', '10000', '*', 'op', ARGV[i], 'a', ARGV[2], 'b', '')
    -- Of a worker that has left meanwhile nothing is to stay: nobody would take it away.
    if ARGV[i] == 'place' and told then redis.call('SADD', services, ARGV[2]) end
    if ARGV[i] == 'unplace' then redis.call('SREM', services, ARGV[2]) end
end
return 1
