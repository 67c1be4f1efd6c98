"""A fastmcp proxy to an MCP server over HTTP: python proxy.py URL PORT

One client that stays connected is shared by all callers, which is its fastest way: a session for each request costs more.
"""

import asyncio
import sys

from fastmcp import Client
from fastmcp.server import create_proxy


async def main(url, port):
    async with Client(url) as client:
        proxy = create_proxy(client, name="proxy")
        await proxy.run_async(
            transport="http", host="127.0.0.1", port=port, stateless_http=True, json_response=True, show_banner=False,
            uvicorn_config={"log_level": "error", "access_log": False},
        )


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
