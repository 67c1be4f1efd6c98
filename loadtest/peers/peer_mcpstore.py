"""MCPStore 2.3.0 for Python in Redis mode: calls of `echo` through the store, which owns the MCP server over stdio.

Settings: its defaults, as its Redis document shows them. It has no worker of its own; callers are threads of the one process.
"""

import os
import tempfile

import common

run = common.Run("mcpstore", "mcpstore", modes=("results", "lone"), serves=True)

from mcpstore import MCPStore, RedisConfig


def open_context():
    # It writes files where it is started.
    os.chdir(run.scratch)
    source = RedisConfig(url=run.redis, namespace="peers")
    context = MCPStore.setup_store(source=source).for_store()
    context.add_service({"mcpServers": {"echo": {"command": run.server}}})
    context.wait_service("echo", timeout=common.CALL_SECONDS)
    return context


context = None


def call(text):
    global context
    if context is None:
        context = open_context()
    result = context.call_tool("echo", {"text": text})
    if result.get("is_error"):
        raise RuntimeError(result)
    return common.echoed(text, result["content"][0]["text"])


if __name__ == "__main__":
    run.execute(call)
