"""The Python `mcp` client, that calls `echo` of an MCP server directly over stdio: no queue at all."""

import common

run = common.Run("mcp", "mcp", modes=("results", "lone"), serves=True)

import direct


async def measure():
    async with direct.connect(run.server) as client:

        async def call(text):
            return common.echoed(text, await direct.echo(client, text))

        return await run.measure_async(call, None, None)


if __name__ == "__main__":
    import asyncio

    run.report(lambda: asyncio.run(measure()))
