"""Uses an MCP server with the tools of ToolServer as a client of mcp 2.3 (`auto`, `legacy`, `2026-07-28`) or fastmcp 4 (`fastmcp`).

Prints what it saw as one line of JSON. The arguments are the mode and the URL, or for stdio the command after `--`.
"""

import asyncio
import json
import sys

from fastmcp import Client as FastClient
from mcp import Client, MCPError, StdioServerParameters
from mcp_types import PromptReference


async def with_sdk(mode, server):
    seen = {}
    progress = []

    async def on_progress(done, total, message):
        progress.append([done, total, message])

    async with Client(server, mode=mode, read_timeout_seconds=60) as client:
        seen["protocol"] = client.protocol_version
        seen["server"] = client.server_info.name if client.server_info else None
        names = []
        page = await client.list_tools()
        names += [tool.name for tool in page.tools]
        while page.next_cursor:
            page = await client.list_tools(cursor=page.next_cursor)
            names += [tool.name for tool in page.tools]
        seen["tools"] = names
        seen["echo"] = (await client.call_tool("echo", {"text": "从 Oslo"})).content[0].text
        seen["sum"] = (await client.call_tool("add", {"a": 2, "b": 3})).structured_content
        failed = await client.call_tool("fail", {"message": "no"})
        seen["fail"] = [failed.is_error, failed.content[0].text]
        await client.call_tool("progress", {"steps": 3, "delayMs": 1}, progress_callback=on_progress)
        seen["progress"] = progress
        seen["resource"] = (await client.read_resource("note:///welcome")).contents[0].text
        seen["templates"] = [t.uri_template for t in (await client.list_resource_templates()).resource_templates]
        seen["prompt"] = (await client.get_prompt("greeting", {"name": "Ada"})).messages[0].content.text
        completed = await client.complete(
            PromptReference(type="ref/prompt", name="greeting"), {"name": "style", "value": "po"}
        )
        seen["completion"] = completed.completion.values
        try:
            await client.call_tool("nothing", {})
            seen["unknown"] = "answered"
        except MCPError as error:
            seen["unknown"] = error.code
    return seen


async def with_fastmcp(url):
    seen = {}
    progress = []

    async def on_progress(done, total, message):
        progress.append([done, total, message])

    async with FastClient(url) as client:
        seen["tools"] = [tool.name for tool in await client.list_tools()]
        seen["echo"] = (await client.call_tool("echo", {"text": "从 Oslo"})).content[0].text
        seen["sum"] = (await client.call_tool("add", {"a": 2, "b": 3})).structured_content
        failed = await client.call_tool("fail", {"message": "no"}, raise_on_error=False)
        seen["fail"] = [failed.is_error, failed.content[0].text]
        await client.call_tool("progress", {"steps": 3, "delayMs": 1}, progress_handler=on_progress)
        seen["progress"] = progress
        seen["resource"] = (await client.read_resource("note:///welcome"))[0].text
        seen["prompt"] = (await client.get_prompt("greeting", {"name": "Ada"})).messages[0].content.text
    return seen


async def main():
    mode, server = sys.argv[1], sys.argv[2]
    if mode == "fastmcp":
        seen = await with_fastmcp(server)
    elif server == "--":
        seen = await with_sdk(mode, StdioServerParameters(command=sys.argv[3], args=sys.argv[4:]))
    else:
        seen = await with_sdk(mode, server)
    print("SEEN " + json.dumps(seen))


asyncio.run(main())
