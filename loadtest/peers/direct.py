"""Calls of echo over stdio with the Python `mcp` client, closed loop: python direct.py SERVER IN_FLIGHT SECONDS ROUNDS"""

import asyncio
import sys
import time

from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

TEXT = "0123456789" * 20


def connect(server):
    return Client(stdio_client(StdioServerParameters(command=server)))


async def echo(client, text):
    result = await client.call_tool("echo", {"text": text})
    assert not result.is_error
    return result.content[0].text


async def measure(client, in_flight, seconds):
    latencies = []
    start = time.perf_counter()
    end = start + seconds

    async def caller():
        while (sent := time.perf_counter()) < end:
            assert await echo(client, TEXT) == TEXT
            latencies.append(time.perf_counter() - sent)

    await asyncio.gather(*(caller() for _ in range(in_flight)))
    latencies.sort()
    at = lambda percent: int(latencies[min(len(latencies) * percent // 100, len(latencies) - 1)] * 1e6)
    return len(latencies) / (time.perf_counter() - start), at(50), at(99)


async def main(server, in_flight, seconds, rounds):
    async with connect(server) as client:
        figures = sorted([await measure(client, in_flight, seconds) for _ in range(rounds)])
        rate, p50, p99 = figures[len(figures) // 2]
        print(f"{in_flight:9}   python  {rate:12.0f}{p50:9}{p99:9}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
