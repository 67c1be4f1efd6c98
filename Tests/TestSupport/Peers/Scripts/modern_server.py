"""A server of fastmcp 4 with two tools, over Streamable HTTP; it speaks the MCP revision 2026-07-28 and the ones before."""

from fastmcp import FastMCP

from listening import serve

server = FastMCP("modern-peer")


@server.tool
def echo(text: str) -> str:
    """Answers with the same text."""
    return text


@server.tool
def add(a: int, b: int) -> int:
    """Adds two integers."""
    return a + b


if __name__ == "__main__":
    serve(server.http_app(path="/mcp"), "/mcp")
