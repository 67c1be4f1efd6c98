"""Uses an MCP server with the tools of ToolServer as a client of mcp 1.30, which knows only the revisions up to 2025-11-25.

Prints what it saw as one line of JSON. The argument is the URL; or `--` and the command of a server over stdio.
"""

import asyncio
import json
import sys

from mcp import ClientSession, McpError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from pydantic import AnyUrl


async def main():
    seen = {}
    progress = []

    async def on_progress(done, total, message):
        progress.append([done, total, message])

    if sys.argv[1] == "--":
        server = stdio_client(StdioServerParameters(command=sys.argv[2], args=sys.argv[3:]))
    else:
        server = streamable_http_client(sys.argv[1])
    async with server as (reader, writer, *more):
        async with ClientSession(reader, writer) as session:
            opened = await session.initialize()
            seen["protocol"] = opened.protocolVersion
            seen["session"] = more[0]() if more else None
            seen["tools"] = [tool.name for tool in (await session.list_tools()).tools]
            seen["echo"] = (await session.call_tool("echo", {"text": "从 Oslo"})).content[0].text
            seen["sum"] = (await session.call_tool("add", {"a": 2, "b": 3})).structuredContent
            failed = await session.call_tool("fail", {"message": "no"})
            seen["fail"] = [failed.isError, failed.content[0].text]
            await session.call_tool("progress", {"steps": 3, "delayMs": 1}, progress_callback=on_progress)
            seen["progress"] = progress
            seen["resource"] = (await session.read_resource(AnyUrl("note:///welcome"))).contents[0].text
            seen["prompt"] = (await session.get_prompt("greeting", {"name": "Ada"})).messages[0].content.text
            await session.send_ping()
            try:
                await session.call_tool("nothing", {})
                seen["unknown"] = "answered"
            except McpError as error:
                seen["unknown"] = error.error.code
    print("SEEN " + json.dumps(seen))


asyncio.run(main())
