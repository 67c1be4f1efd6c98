#!lua
-- Tells a service to pause, to drain, or to go on, with compare-and-set. Its configuration stays as it is, byte by byte.
--
-- KEYS  config of the service, changes (stream)
-- ARGV  service, version that it must have, 'paused', 'draining' or '' (go on), when (ISO 8601), by whom, entries that changes
--       keeps
-- Returns the new version, nil where there is no such service, or { 'CONFLICT', current version }.
local kind = redis.call('TYPE', KEYS[2]).ok
if kind ~= 'none' and kind ~= 'stream' then return redis.error_reply('WRONGTYPE ' .. KEYS[2] .. ' is a ' .. kind) end
local current = redis.call('GET', KEYS[1])
if not current then return false end
local version = string.match(current, '^{"version":(%d+)') or '0'
if version ~= ARGV[2] then return { 'CONFLICT', version } end
local config = string.find(current, ',"config":', 1, true)
if not config then return redis.error_reply('ERR ' .. KEYS[1] .. ' holds no configuration: it was not written by MCPStore') end
version = tonumber(version) + 1
redis.call('SET', KEYS[1], '{"version":' .. version .. ',"updated":' .. cjson.encode(ARGV[4]) .. ',"by":' .. cjson.encode(ARGV[5])
    .. (ARGV[3] ~= '' and ',"hold":' .. cjson.encode(ARGV[3]) or '') .. string.sub(current, config))
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[6], '*', 'change', 'service', 'service', ARGV[1], 'version', version)
return version
