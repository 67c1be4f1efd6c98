#!lua flags=allow-oom
-- Publishes what a service offers: its cache document, and one info document a tool under a key that it claims.
-- A tool's key is its own name; where another service has that, the qualified name; where that is taken too, a third
-- name. A claim is kept until the service is removed.
--
-- KEYS  config, cache, tools (hash), changes, then per tool: three info keys (own, qualified, last resort),
--       then the info key of each tool key that this service held before
-- ARGV  service, cache document, its hash, entries that changes keeps, number of tools,
--       then per tool: name, info document, three tool keys; then the tool keys held before
-- Returns the tool key of each tool in order, or 'GONE' when the service was removed.
if redis.call('EXISTS', KEYS[1]) == 0 then return 'GONE' end
local service, count = ARGV[1], tonumber(ARGV[5])
local chosen, claimed, seen = {}, {}, {}

local function owner(key)
    local text = redis.call('HGET', KEYS[3], key)
    if not text then return nil end
    local fine, document = pcall(cjson.decode, text)
    return fine and type(document) == 'table' and document or {}
end

-- The document begins with its hash; when it was fetched does not make it another.
local changed = string.match(redis.call('GET', KEYS[2]) or '', '^{"hash":"(%x+)"') ~= ARGV[3]
for t = 1, count do
    local a = 5 + (t - 1) * 5
    local name = ARGV[a + 1]
    -- A tool that is listed twice is one tool. The key that a tool has already is kept, even where a better one is free now.
    local free, mine = nil, nil
    for candidate = 1, seen[name] and 0 or 3 do
        local key = ARGV[a + 2 + candidate]
        local document = owner(key)
        if not claimed[key] then
            if not document then
                free = free or candidate
            elseif document.service == service and document.tool == name then
                mine = mine or candidate
            end
        end
    end
    local candidate = mine or free
    if candidate then
        local key = ARGV[a + 2 + candidate]
        chosen[t] = key
        claimed[key] = true
        seen[name] = key
        if not mine then redis.call('HSET', KEYS[3], key, cjson.encode({ service = service, tool = name })) end
        redis.call('SET', KEYS[4 + (t - 1) * 3 + candidate], ARGV[a + 2])
    end
    if not chosen[t] then chosen[t] = seen[name] or '' end
end
local before = 5 + count * 5
for i = before + 1, #ARGV do
    local key = ARGV[i]
    if not claimed[key] then
        -- The tool is no longer offered: its info goes, its claim and its stats stay with the service.
        redis.call('DEL', KEYS[4 + count * 3 + (i - before)])
    end
end
redis.call('SET', KEYS[2], ARGV[2])
if changed then
    redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[4], '*', 'change', 'tools', 'service', service, 'version', ARGV[3])
end
return chosen
