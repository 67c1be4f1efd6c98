import Foundation
import TestSupport

/// An MCP server in Python that writes without end to standard output (notifications) and standard error (long lines, and one
/// that never ends), answers `flooded` with how many bytes that were, and `report` after one notification of progress of so many bytes.
enum FloodServer {
    /// Its command; the script lies in the cluster's directory.
    static func command(in cluster: ClusterFixture) throws -> [String] {
        let path = cluster.directory.path + "/flood.py"
        try script.write(toFile: path, atomically: true, encoding: .utf8)
        return ["/usr/bin/env", "python3", path]
    }

    private static let script = """
        import json, os, sys, threading, time
        lock = threading.Lock()
        flooded = 0
        def send(message):
            data = (json.dumps(message) + "\\n").encode()
            with lock:
                while data: data = data[os.write(1, data):]
        def flood(descriptor, block, holds):
            global flooded
            while True:
                rest = block
                if holds:
                    with lock:
                        while rest: rest = rest[os.write(descriptor, rest):]
                else:
                    while rest: rest = rest[os.write(descriptor, rest):]
                flooded += len(block)
                # The answers want to be written, too.
                time.sleep(0.02)
        def answer(message):
            method, arguments = message["method"], message.get("params", {}).get("arguments", {})
            if method == "initialize":
                return {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "f", "version": "1"}}
            if method == "tools/list":
                return {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in ["flooded", "report"]]}
            if method == "ping": return {}
            if message["params"]["name"] == "report":
                token = message["params"]["_meta"]["progressToken"]
                send({"jsonrpc": "2.0", "method": "notifications/progress",
                    "params": {"progressToken": token, "progress": 1, "message": "p" * arguments["bytes"]}})
                return {"content": [{"type": "text", "text": "reported"}]}
            return {"content": [{"type": "text", "text": str(flooded)}]}
        for line in sys.stdin:
            message = json.loads(line)
            if message.get("method") == "server/discover":
                send({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32601, "message": "unknown"}})
            elif message.get("method") == "notifications/initialized":
                note = json.dumps({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "n" * 900}})
                threading.Thread(target=flood, args=(1, (note + "\\n").encode() * 16, True), daemon=True).start()
                threading.Thread(target=flood, args=(2, b"e" * 3000 + b"\\n" + b"without end " * 800, False), daemon=True).start()
            elif "id" in message:
                send({"jsonrpc": "2.0", "id": message["id"], "result": answer(message)})
        """
}
