#!lua
-- Replays a dead letter: a new job in its lane that names the one that died, and the letter is gone. The letter is the fence:
-- of two replays at the same moment one finds it.
--
-- KEYS  dead, config of the service, the lane, record of the new job
-- ARGV  1 group, 2 dead letter, 3 new job, 4 inbox of the caller ('' none), 5 milliseconds that it may take, 6 submitted
--       (microseconds), 7 milliseconds that its record is kept after the end, 8 the most entries of the lane, 9 service
-- Returns one of
--   accepted, entry id, the job that died      also when it was done before and its reply was lost
--   gone                                       there is no such letter: it was replayed, purged, or too many came after it
--   other, lane                                the letter belongs to another lane ('' where it does not say to which)
--   noService                                  there is no such service any more
--   draining                                   it takes no new calls
--   busy, entries                              the lane is full
local dead, config, lane, record = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
for key, want in pairs({ [dead] = 'stream', [lane] = 'stream', [record] = 'hash' }) do
    local kind = redis.call('TYPE', key).ok
    if kind ~= 'none' and kind ~= want then return redis.error_reply('WRONGTYPE ' .. key .. ' is a ' .. kind) end
end
local before = redis.call('HMGET', record, 'job', 'entry', 'of')
if before[1] == ARGV[3] then return { 'accepted', before[2], before[3] or '' } end

local letter = redis.call('XRANGE', dead, ARGV[2], ARGV[2])[1]
if not letter then return { 'gone' } end
local old, kept, params = {}, {}, nil
-- What is set anew, and what only a dead letter has. All else stays, also what a newer version wrote.
local own = {
    id = true, inbox = true, timeout = true, submitted = true, since = true, attempt = true, deaths = true, record = true,
    progress = true, trace = true, replay = true, replays = true, stream = true, entry = true, worker = true, reason = true,
}
for i = 1, #letter[2], 2 do
    local name, value = letter[2][i], letter[2][i + 1]
    old[name] = value
    if name == 'params' then
        params = value
    elseif not own[name] then
        kept[#kept + 1] = name
        kept[#kept + 1] = value
    end
end
if old.stream ~= lane or not params then return { 'other', old.stream or '' } end
local document = redis.call('GET', config)
if not document then return { 'noService' } end
if string.find(document, '"hold":"draining"', 1, true) then
    local fine, service = pcall(cjson.decode, document)
    if fine and service.hold == 'draining' then return { 'draining' } end
end
if redis.call('EXISTS', lane) == 0 then
    redis.call('XGROUP', 'CREATE', lane, ARGV[1], '0', 'MKSTREAM')
elseif redis.call('XLEN', lane) >= tonumber(ARGV[8]) then
    return { 'busy', redis.call('XLEN', lane) }
end
local fields = { 'id', ARGV[3], unpack(kept) }
for _, pair in ipairs({
    { 'inbox', ARGV[4] }, { 'timeout', ARGV[5] }, { 'submitted', ARGV[6] }, { 'record', ARGV[3] }, { 'replay', old.id or '' },
    { 'replays', (tonumber(old.replays) or 0) + 1 }, { 'params', params },
}) do
    fields[#fields + 1] = pair[1]
    fields[#fields + 1] = pair[2]
end
local entry = redis.call('XADD', lane, '*', unpack(fields))
redis.call('XDEL', dead, ARGV[2])
local time = redis.call('TIME')
redis.call('DEL', record)
redis.call('HSET', record, 'status', 'running', 'service', ARGV[9], 'stream', lane, 'entry', entry, 'job', ARGV[3], 'hash', '',
    'deadline', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[5], 'retention', ARGV[7], 'waiters', '', 'of', old.id or '')
return { 'accepted', entry, old.id or '' }
