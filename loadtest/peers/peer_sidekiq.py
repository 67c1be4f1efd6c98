"""Sidekiq, from Debian: drain and memory only, since it keeps no results.

Settings: one process with 10 threads, Sidekiq's default; bulk enqueue, 1,000 jobs at a time; logging of each job is off; Ruby's
client with hiredis.
"""

import json
import os
import subprocess

import common


class SidekiqRun(common.Run):
    def version(self):
        try:
            return subprocess.run(["sidekiq", "--version"], capture_output=True, text=True, timeout=30).stdout.split()[-1]
        except (OSError, IndexError, subprocess.TimeoutExpired):
            return None


run = SidekiqRun("sidekiq", None, modes=("drain", "memory"), drain_jobs=100_000)


def enqueue(texts):
    environment = dict(os.environ, **{common.RUN: json.dumps(vars(run.options))})
    done = subprocess.run(
        ["ruby", "peer_sidekiq.rb"], input="\n".join(texts), text=True, env=environment, cwd=common.HERE, capture_output=True, timeout=300,
    )
    if done.returncode:
        raise RuntimeError(f"the enqueue failed: {done.stderr[-300:]}")


if __name__ == "__main__":
    run.execute(enqueue=enqueue, worker=["sidekiq", "-r", "./peer_sidekiq.rb", "-c", "10", "-e", "production"])
