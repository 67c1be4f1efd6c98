"""Calls of echo over stdio with the Python `mcp` client, closed loop: python direct.py SERVER IN_FLIGHT SECONDS ROUNDS"""

import asyncio
import statistics
import sys
import time

from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

SERVER, IN_FLIGHT, SECONDS, ROUNDS = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
ARGUMENTS = {"text": "0123456789" * 20}


async def measure(client):
    latencies = []
    start = time.perf_counter()
    end = start + SECONDS

    async def caller():
        while (sent := time.perf_counter()) < end:
            result = await client.call_tool("echo", ARGUMENTS)
            assert not result.is_error
            latencies.append(time.perf_counter() - sent)

    await asyncio.gather(*(caller() for _ in range(IN_FLIGHT)))
    latencies.sort()
    at = lambda percent: int(latencies[min(len(latencies) * percent // 100, len(latencies) - 1)] * 1e6)
    return len(latencies) / (time.perf_counter() - start), at(50), at(99)


async def main():
    async with Client(stdio_client(StdioServerParameters(command=SERVER))) as client:
        rounds = sorted([await measure(client) for _ in range(ROUNDS)])
        rate, p50, p99 = rounds[len(rounds) // 2]
        print(f"{IN_FLIGHT:9}   python  {rate:12.0f}{p50:9}{p99:9}")


asyncio.run(main())
