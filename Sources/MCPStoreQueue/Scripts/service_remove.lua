#!lua
-- Removes a service: its documents go at once, its lanes and stats when the last of its jobs has ended (service_bury).
--
-- KEYS  services, changes, removed, tools, config, cache, state, pins, then the info key of each of its tools
-- ARGV  name, entries that changes keeps, the version that it must have ('' any), then its tool keys in the same order
-- Returns 1, or 0 when there was no such service, 'CONFLICT' when it has another version, or 'RETRY' when its tools changed
-- meanwhile.
local config = redis.call('GET', KEYS[5])
if not config then return 0 end
if ARGV[3] ~= '' and string.match(config, '^{"version":(%d+)') ~= ARGV[3] then return 'CONFLICT' end
local named = {}
for i = 4, #ARGV do named[ARGV[i]] = true end
local claims, mine, mark = redis.call('HGETALL', KEYS[4]), 0, '"service":"' .. ARGV[1] .. '"'
for i = 1, #claims, 2 do
    -- A document is read only where its bytes name the service: a space may have very many.
    local owner = false
    if string.find(claims[i + 1], mark, 1, true) then
        local fine, document = pcall(cjson.decode, claims[i + 1])
        owner = fine and type(document) == 'table' and document.service
    end
    if owner == ARGV[1] then mine = mine + 1 end
    if (owner == ARGV[1]) ~= (named[claims[i]] == true) then return 'RETRY' end
end
if mine ~= #ARGV - 3 then return 'RETRY' end
for i = 4, #ARGV do redis.call('HDEL', KEYS[4], ARGV[i]) end
for i = 5, #KEYS do redis.call('DEL', KEYS[i]) end
redis.call('SREM', KEYS[1], ARGV[1])
local keys = {}
for i = 4, #ARGV do keys[#keys + 1] = ARGV[i] end
redis.call('HSET', KEYS[3], ARGV[1], #keys == 0 and '[]' or cjson.encode(keys))
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'change', 'removed', 'service', ARGV[1], 'version', '0')
return 1
