"""Many clients of an MCP server in one process, with mcp 2.3 (`auto`, `legacy`) or mcp 1.30 (`old`), whichever this Python has.

The arguments are the mode, the URL, a prefix for the ids of calls, how many clients, for how many seconds, and the ledger: a file with
one line of JSON when a call begins and one when it ends. Every call has a number of its own that the tool writes down as well.
"""

import asyncio
import contextlib
import json
import logging
import random
import sys
import time

CALL_SECONDS = 90
TOOLS = ["echo", "record_readonly", "record_idempotent", "record_destructive"]
logging.disable(logging.CRITICAL)


class Ledger:
    def __init__(self, path):
        self.file = open(path, "w", buffering=1)

    def write(self, **line):
        self.file.write(json.dumps(line | {"at": time.time()}) + "\n")


class Answer:
    """What both SDKs say of a call."""

    def __init__(self, text, is_error, meta):
        self.text, self.is_error, self.meta = text, is_error, meta


class NewSDK:
    def __init__(self, mode):
        from mcp import Client, MCPError

        self.mode, self.client, self.protocol_error = mode, Client, MCPError

    @contextlib.asynccontextmanager
    async def open(self, url):
        async with self.client(url, mode=self.mode, read_timeout_seconds=CALL_SECONDS) as client:

            async def call(tool, arguments):
                result = await client.call_tool(tool, arguments)
                return Answer(result.content[0].text, result.is_error, result.meta)

            yield call


class OldSDK:
    def __init__(self):
        from mcp import ClientSession, McpError
        from mcp.client.streamable_http import streamable_http_client

        self.session, self.transport, self.protocol_error = ClientSession, streamable_http_client, McpError

    @contextlib.asynccontextmanager
    async def open(self, url):
        from datetime import timedelta

        async with self.transport(url) as (reader, writer, _):
            async with self.session(reader, writer, read_timeout_seconds=timedelta(seconds=CALL_SECONDS)) as session:
                await session.initialize()

                async def call(tool, arguments):
                    result = await session.call_tool(tool, arguments)
                    return Answer(result.content[0].text, result.isError, result.meta)

                yield call


def first(error):
    """The cause within the groups that task groups make."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


class Caller:
    def __init__(self, sdk, url, prefix, until, ledger):
        self.sdk, self.url, self.prefix, self.until, self.ledger = sdk, url, prefix, until, ledger
        self.number = 0
        # A call that a broken connection left without an answer, and that may be made again.
        self.again = None
        self.current = None

    async def run(self):
        chance = random.Random(self.prefix)
        failures = 0
        while time.monotonic() < self.until or self.again:
            try:
                async with self.sdk.open(self.url) as call:
                    while time.monotonic() < self.until or self.again:
                        await self.one(call, chance)
                        failures = 0
            except (Exception, asyncio.CancelledError) as error:
                # The connection is broken, and with it, for these SDKs, the client: whoever is not told goes on with a new one.
                self.broken(first(error))
                failures += 1
                if failures > 20:
                    self.ledger.write(event="gone", id=self.prefix, detail=repr(first(error))[:300])
                    return
                await asyncio.sleep(0.2)

    async def one(self, call, chance):
        if self.again:
            id, tool, attempt = self.again
            self.again = None
        else:
            self.number += 1
            id, tool, attempt = f"{self.prefix}-{self.number}", chance.choice(TOOLS), 1
        self.current = (id, tool, attempt)
        self.ledger.write(event="begin", id=id, tool=tool, attempt=attempt)
        arguments = {"text": id} if tool == "echo" else {"id": id, "ms": chance.choice([0, 0, 5, 50])}
        try:
            answer = await asyncio.wait_for(call(tool, arguments), CALL_SECONDS + 30)
        except self.sdk.protocol_error as error:
            code = error.error.code
            # What mcp 2.3 makes of an answer that is no message, such as the balancer's, and of a connection that ended.
            if code == -32000 or (code, str(error)) == (-32603, "Server returned an error response"):
                return self.broken(error)
            return self.end("refused", code=code, detail=str(error)[:300])
        wanted = id if tool == "echo" else f"recorded {id}"
        if not answer.is_error:
            return self.end("ok" if answer.text == wanted else "wrong", detail=answer.text[:100])
        outcome = (answer.meta or {}).get("mcpstore/outcome") or {}
        self.end("error", kind=outcome.get("kind"), detail=answer.text[:300])

    def end(self, outcome, **more):
        id, tool, attempt = self.current
        self.current = None
        self.ledger.write(event="end", id=id, tool=tool, attempt=attempt, outcome=outcome, **more)

    def broken(self, error):
        if not self.current:
            return self.ledger.write(event="reopened", id=self.prefix, detail=repr(error)[:300])
        id, tool, attempt = self.current
        # Who does not know whether it ran may repeat what may run twice, and nothing else.
        self.end("cut", detail=repr(error)[:300])
        if tool != "record_destructive":
            self.again = (id, tool, attempt + 1)


async def main():
    mode, url, prefix, count, seconds, path = sys.argv[1:]
    sdk = OldSDK() if mode == "old" else NewSDK(mode)
    ledger, until = Ledger(path), time.monotonic() + float(seconds)
    callers = [Caller(sdk, url, f"{prefix}.{number}", until, ledger) for number in range(int(count))]
    # Each in a task of its own: the SDKs cancel the task whose connection breaks.
    await asyncio.gather(*(asyncio.create_task(caller.run()) for caller in callers), return_exceptions=False)
    ledger.write(event="done", id=prefix)


asyncio.run(main())
