"""taskiq with taskiq-redis: ListQueueBroker and RedisAsyncResultBackend.

Settings: one worker process and one producer, both on uvloop. The list was faster here in each measure than RedisStreamBroker,
though only the stream keeps a job until it is acknowledged. Results are polled: every millisecond for one call at a time, every 5
with more in flight, where less polling answers more calls (taskiq's default is 200).
"""

import asyncio
import sys

import common

run = common.Run("taskiq", "taskiq-redis")

import uvloop
from taskiq_redis import ListQueueBroker, RedisAsyncResultBackend

broker = ListQueueBroker(run.redis, max_connection_pool_size=128)
if run.wants_results:
    broker = broker.with_result_backend(RedisAsyncResultBackend(run.redis, keep_results=False, max_connection_pool_size=128))
interval = 0.001 if run.mode == "lone" else 0.005


@broker.task(task_name="noop")
async def noop(text):
    return run.job(text)


async def call(text):
    task = await noop.kiq(text)
    result = await task.wait_result(check_interval=interval, timeout=common.CALL_SECONDS)
    return result.return_value


async def enqueue(texts):
    await common.spread(noop.kiq, texts)


if __name__ == "__main__":
    run.execute_async(call, enqueue, [
        sys.executable, "-m", "taskiq", "worker", "peer_taskiq:broker", "--workers", "1", "--max-async-tasks", "100",
        "--log-level", "WARNING",
    ], startup=broker.startup, loop_factory=uvloop.new_event_loop)
