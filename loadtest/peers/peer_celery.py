"""Celery: the Redis broker and the Redis result backend, which announces results over pub/sub.

Settings: the worker is one process: 4 threads with many in flight, otherwise the solo pool, which runs a job where it was read (one
prefork child was slower, so was gevent on either side); prefetching, no events, no gossip, no heartbeat. Callers are threads.
"""

import sys

import common

run = common.Run("celery", "celery", drain_jobs=10_000)

from celery import Celery

app = Celery("peers", broker=run.redis, backend=run.redis if run.wants_results else None)
app.conf.update(
    broker_pool_limit=64,
    broker_connection_retry_on_startup=True,
    redis_max_connections=200,
    task_ignore_result=not run.wants_results,
    worker_enable_remote_control=False,
    worker_prefetch_multiplier=64,
)


@app.task(name="noop")
def noop(text):
    return run.job(text)


def call(text):
    return noop.delay(text).get(timeout=common.CALL_SECONDS)


def enqueue(texts):
    with app.producer_pool.acquire(block=True) as producer:
        for text in texts:
            noop.apply_async((text,), producer=producer)


if __name__ == "__main__":
    pool = ["--pool", "threads", "--concurrency", "4"] if run.mode == "results" else ["--pool", "solo"]
    run.execute(call, enqueue, [
        sys.executable, "-m", "celery", "--app", "peer_celery", "worker", *pool, "--loglevel", "WARNING",
        "--without-gossip", "--without-mingle", "--without-heartbeat",
    ])
