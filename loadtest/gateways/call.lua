-- What wrk sends and checks: each request is a tools/call of an echo with a number of its own in id and text, and each answer must be
-- 200 and hold the whole text of a request that is in flight. What is wrong is counted, and the first of it is shown.
local tool = os.getenv("WRK_TOOL")
local filler = string.rep("x", tonumber(os.getenv("WRK_PAYLOAD")) - 13)
local revision = os.getenv("WRK_REVISION")
local session = os.getenv("WRK_SESSION")
local modern = revision == "2026-07-28"

threads = {}
function setup(thread) table.insert(threads, thread) end

local head, first, second, third
local flying = {}
number = 0
wrong, right, example = 0, 0, ""

function init(arguments)
   local meta = ""
   wrk.headers["Content-Type"] = "application/json"
   wrk.headers["Accept"] = "application/json, text/event-stream"
   wrk.headers["MCP-Protocol-Version"] = revision
   if modern then
      wrk.headers["Mcp-Method"] = "tools/call"
      wrk.headers["Mcp-Name"] = tool
      meta = ',"_meta":{"io.modelcontextprotocol/protocolVersion":"' .. revision ..
         '","io.modelcontextprotocol/clientInfo":{"name":"wrk","version":"4"},"io.modelcontextprotocol/clientCapabilities":{}}'
   end
   if session and session ~= "" then wrk.headers["Mcp-Session-Id"] = session end
   first = '{"jsonrpc":"2.0","id":'
   second = ',"method":"tools/call","params":{"name":"' .. tool .. '","arguments":{"text":"'
   third = filler .. '"}' .. meta .. '}}'
   -- The head is made once: all bodies are of one length.
   local sample = first .. string.format("1%011d", 0) .. second .. string.format("1%011dx", 0) .. third
   head = wrk.format("POST", nil, nil, sample):sub(1, -(#sample + 1))
end

function request()
   number = number + 1
   local id = string.format("1%011d", number)
   flying[id] = true
   return head .. first .. id .. second .. id .. "x" .. third
end

function response(status, headers, body)
   local id = body:match('"text": ?"(1%d%d%d%d%d%d%d%d%d%d%d)x')
   if status == 200 and id and flying[id] and body:find(id .. "x" .. filler .. '"', 1, true) then
      right = right + 1
   else
      wrong = wrong + 1
      if example == "" then example = status .. " " .. body:sub(1, 200) end
   end
   if id then flying[id] = nil end
end

function done(summary, latency, requests)
   local right, wrong, example = 0, 0, ""
   for _, thread in ipairs(threads) do
      right, wrong = right + thread:get("right"), wrong + thread:get("wrong")
      if example == "" then example = thread:get("example") end
   end
   local e = summary.errors
   io.write(string.format(
      'RESULT {"right":%d,"wrong":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,"microseconds":%d,"p50":%d,"p99":%d,"max":%d,"example":"%s"}\n',
      right, wrong, e.connect, e.read, e.write, e.timeout, summary.duration,
      latency:percentile(50), latency:percentile(99), latency.max, (example:gsub('[%c"\\]', " "))
   ))
end
