"""Submits a call that becomes a task, prints `TASK {…}` with what it was told, and asks for it over and over until it is killed.

The arguments are the URL, the tool, and its arguments as JSON.
"""

import json
import sys
import time
import urllib.request

url, tool, arguments = sys.argv[1:]
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {"extensions": {"io.modelcontextprotocol/tasks": {}}},
}


def ask(method, name, params):
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params | {"_meta": META}}
    headers = {
        "Content-Type": "application/json", "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method, "Mcp-Name": name,
    }
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    return json.load(urllib.request.urlopen(request, timeout=100))["result"]


task = ask("tools/call", tool, {"name": tool, "arguments": json.loads(arguments)})
print("TASK " + json.dumps(task), flush=True)
while True:
    time.sleep(0.05)
    state = ask("tasks/get", task["taskId"], {"taskId": task["taskId"]})
    print("STATE " + json.dumps(state), flush=True)
