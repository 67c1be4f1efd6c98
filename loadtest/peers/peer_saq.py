"""saq: its Redis queue.

Settings: one worker process and one producer, both on uvloop, concurrency 64. With many in flight `Queue.apply` that polls every 10 ms
answers most calls on a quiet machine (its default is 500); listening for notifications came close. One call at a time is much faster
when the caller listens before it enqueues; one subscription is kept open, since saq closes it with its last listener.
"""

import asyncio
import sys
import uuid

import common

run = common.Run("saq", "saq")

import uvloop
from redis.asyncio import Redis
from saq.job import TERMINAL_STATUSES
from saq.queue.redis import RedisQueue

queue = RedisQueue(Redis.from_url(run.redis), name="peers", max_concurrent_ops=64)


async def noop(context, *, text):
    return run.job(text)


settings = {"queue": queue, "functions": [noop], "concurrency": 64, "shutdown_grace_period_s": 1}
kept = []


async def startup():
    await queue.connect()
    if run.mode == "lone":
        kept.append(asyncio.create_task(queue.listen(["none"], lambda *_: False, timeout=None)))


async def call(text):
    if run.mode != "lone":
        return await queue.apply("noop", text=text, timeout=common.CALL_SECONDS, poll_interval=0.01, ttl=60)
    key = uuid.uuid4().hex
    done = asyncio.create_task(
        queue.listen([key], lambda _, status: status in TERMINAL_STATUSES, timeout=common.CALL_SECONDS)
    )
    await asyncio.sleep(0)  # it listens now
    job = await queue.enqueue("noop", text=text, key=key, ttl=60)
    await done
    await job.refresh()
    return job.result


async def enqueue(texts):
    # A negative time to live: the job is deleted when it has run, with no result kept.
    await common.spread(lambda text: queue.enqueue("noop", text=text, ttl=-1), texts)


if __name__ == "__main__":
    run.execute_async(
        call, enqueue, [sys.executable, "-m", "saq", "peer_saq.settings", "--quiet"],
        startup=startup, loop_factory=uvloop.new_event_loop,
    )
