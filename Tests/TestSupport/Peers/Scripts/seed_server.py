"""The servers of the two examples in miniature, with nothing but Python's own library; for where there is no internet.

`seed_server.py stdio` offers getAllRecipes; `seed_server.py http` offers get_current_weather, and prints `listening on URL`.
Both know the MCP revision 2025-06-18.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RECIPES = {
    "name": "getAllRecipes",
    "description": "All recipes.",
    "inputSchema": {"type": "object", "properties": {}},
    "annotations": {"readOnlyHint": True},
}
WEATHER = {
    "name": "get_current_weather",
    "description": "The weather of a place.",
    "inputSchema": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
    "annotations": {"readOnlyHint": True},
}


def call(name: str, arguments: dict) -> str:
    if name == "getAllRecipes":
        return "番茄炒蛋, 红烧肉"
    return f"{arguments['query']}: 晴, 21 °C"


def answer(message: dict, tool: dict) -> dict | None:
    """The answer to a message; None for one that gets none."""
    if "id" not in message:
        return None
    match message.get("method"):
        case "initialize":
            result = {
                "protocolVersion": "2025-06-18",
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "seed-peer", "version": "1"},
            }
        case "tools/list":
            result = {"tools": [tool]}
        case "tools/call" if message["params"]["name"] == tool["name"]:
            text = call(tool["name"], message["params"].get("arguments", {}))
            result = {"content": [{"type": "text", "text": text}]}
        case "ping":
            result = {}
        case _:
            return {"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32601, "message": "unknown method"}}
    return {"jsonrpc": "2.0", "id": message["id"], "result": result}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        reply = answer(json.loads(body), WEATHER)
        content = b"" if reply is None else json.dumps(reply).encode()
        self.send_response(202 if reply is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        self.send_response(405)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_DELETE = do_GET

    def log_message(self, *arguments) -> None:
        pass


if __name__ == "__main__":
    if sys.argv[1] == "http":
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print(f"listening on http://127.0.0.1:{server.server_address[1]}/mcp", flush=True)
        server.serve_forever()
    # Where a test asks for it, it says which process it is.
    if path := os.environ.get("SEED_SERVER_PID_FILE"):
        with open(path, "a") as file:
            file.write(f"{os.getpid()}\n")
    for line in sys.stdin:
        reply = answer(json.loads(line), RECIPES)
        if reply is not None:
            print(json.dumps(reply), flush=True)
