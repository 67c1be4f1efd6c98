"""A server of the SDK mcp 1.30 with two tools; it knows only the MCP revisions up to 2025-11-25.

The argument is its transport: `streamable-http`, with sessions, `sse` (the one of 2024-11-05), or `stdio`.
"""

import sys

from mcp.server.fastmcp import FastMCP

from listening import serve

server = FastMCP("legacy-peer")


@server.tool()
def echo(text: str) -> str:
    """Answers with the same text."""
    return text


@server.tool()
def add(a: int, b: int) -> int:
    """Adds two integers."""
    return a + b


if __name__ == "__main__":
    match sys.argv[1]:
        case "streamable-http":
            serve(server.streamable_http_app(), "/mcp")
        case "sse":
            serve(server.sse_app(), "/sse")
        case "stdio":
            server.run("stdio")
        case other:
            sys.exit(f"unknown transport: {other}")
