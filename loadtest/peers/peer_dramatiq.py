"""dramatiq: RedisBroker, with the RedisBackend for results.

Settings: one worker process; only the middleware that results need; callers are threads that block in BRPOPLPUSH. Its threads
wait a few milliseconds after each job when there is no other: 16 of them were best, and one call at a time takes that long with
any number.
"""

import sys

import common

run = common.Run("dramatiq", "dramatiq")

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend

broker = RedisBroker(url=run.redis, middleware=[])
options = {}
if run.wants_results:
    broker.add_middleware(Results(backend=RedisBackend(url=run.redis)))
    options["store_results"] = True
dramatiq.set_broker(broker)


@dramatiq.actor(**options)
def noop(text):
    return run.job(text)


def call(text):
    return noop.send(text).get_result(block=True, timeout=common.CALL_SECONDS * 1000)


def enqueue(texts):
    for text in texts:
        noop.send(text)


if __name__ == "__main__":
    run.execute(call, enqueue, [
        sys.executable, "-m", "dramatiq", "peer_dramatiq", "--processes", "1", "--threads", "16", "--skip-logging",
    ])
