#!lua flags=allow-oom
-- One worker's view of a service, and the state of the service as the best of its workers' views.
--
-- KEYS  config, state, changes
-- ARGV  service, worker, its view as JSON ('' the worker no longer hosts it), when (ISO 8601), entries that changes keeps
-- A view: {"status":…,"reason":…,"error":…,"stderr":[…],"checked":…,"latency_us":…,"pool":…}
-- Returns the status of the service, or 'GONE' when it was removed.
if redis.call('EXISTS', KEYS[1]) == 0 then
    redis.call('DEL', KEYS[2])
    return 'GONE'
end
local field = 'worker:' .. ARGV[2]
if ARGV[3] == '' then redis.call('HDEL', KEYS[2], field) else redis.call('HSET', KEYS[2], field, ARGV[3]) end

local order = { healthy = 1, warning = 2, initializing = 3, reconnecting = 4, unreachable = 5, disconnecting = 6, disconnected = 7 }
local state = redis.call('HGETALL', KEYS[2])
local best, names, current, hosted = nil, {}, nil, ''
for i = 1, #state, 2 do
    if string.sub(state[i], 1, 7) == 'worker:' then
        local fine, view = pcall(cjson.decode, state[i + 1])
        if not fine or type(view) ~= 'table' or type(view.status) ~= 'string' then view = { status = 'disconnected' } end
        names[#names + 1] = string.sub(state[i], 8)
        if not best or (order[view.status] or 9) < (order[best.status] or 9) then best = view end
    elseif state[i] == 'status' then current = state[i + 1]
    elseif state[i] == 'workers' then hosted = state[i + 1]
    end
end
table.sort(names)
local workers = table.concat(names, ' ')
best = best or { status = 'disconnected', reason = 'no worker hosts this service' }
-- Views of other versions may hold null or something else: what is no text or number is left out.
local function text(value)
    return (type(value) == 'string' or type(value) == 'number') and value or ''
end
redis.call('HSET', KEYS[2], 'status', best.status, 'reason', text(best.reason), 'error', text(best.error),
    'stderr', type(best.stderr) == 'table' and #best.stderr > 0 and cjson.encode(best.stderr) or '', 'workers', workers,
    'checked', text(best.checked), 'latency_us', text(best.latency_us))
if current ~= best.status then redis.call('HSET', KEYS[2], 'since', ARGV[4]) end
if current ~= best.status or hosted ~= workers then
    redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[5], '*', 'change', 'state', 'service', ARGV[1], 'version', best.status)
end
return best.status
