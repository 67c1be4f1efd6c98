"""huey: RedisHuey, which keeps its queue in a list.

Settings: the consumer is one process of threads that block in BRPOP, and results are announced (`notify_result`), so that a caller
blocks in BLPOP instead of polling; callers are threads. 8 threads were best with 64 in flight (greenlets on either side were slower);
one thread is best for one call at a time and for a drain.
"""

import sys

import common

run = common.Run("huey", "huey")

from huey import RedisHuey

huey = RedisHuey("peers", url=run.redis, blocking=True, results=run.wants_results, notify_result=True)


def noop(text):
    return run.job(text)


# A task is named after its module, which has another name in the script than in the consumer.
noop.__module__ = "peer_huey"
noop = huey.task()(noop)


def call(text):
    return noop(text).get(blocking=True, timeout=common.CALL_SECONDS)


def enqueue(texts):
    for text in texts:
        noop(text)


if __name__ == "__main__":
    threads = 8 if run.mode == "results" else 1
    run.execute(call, enqueue, [
        sys.executable, "-m", "huey.bin.huey_consumer", "peer_huey.huey", "--worker-type", "thread", "--workers", str(threads),
        "--no-periodic", "--quiet",
    ])
