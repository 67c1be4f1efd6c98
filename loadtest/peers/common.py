"""What the scripts of the peers share: options, payloads, closed loops, Redis' own figures, the worker process, deadlines.

A script makes one `Run`, which is also importable by the worker process that the script starts, gives it how to call, how to enqueue
and how a worker is started, and prints one JSON object on one line. Nothing here needs a package.
"""

import argparse
import asyncio
import collections
import contextlib
import importlib.metadata
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
# Digits at the start of a payload that say which job it is; a job answers with them, so that every answer can be checked.
NUMBER = 12
START_SECONDS = 60
CALL_SECONDS = 30
# Of the first call: some peers lose a job that waits when their worker starts.
TRIES = 3
# Where a worker reports the last job of a drain.
DRAINED = "peers:drained"
RUN = "PEERS_RUN"


class Redis:
    """Just enough of a client to read figures and to wait for one list: the peers bring clients of their own."""

    def __init__(self, url, timeout=30):
        parts = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port or 6379), timeout)
        self.reader = self.socket.makefile("rb")

    def command(self, *arguments, timeout=30):
        encoded = [str(argument).encode() for argument in arguments]
        text = b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in encoded)
        self.socket.settimeout(timeout)
        self.socket.sendall(text)
        return self.reply()

    def reply(self):
        line = self.reader.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("redis-server closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.reader.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return None if rest == b"-1" else [self.reply() for _ in range(int(rest))]
        raise RuntimeError(f"Redis: {rest.decode()}")

    def info(self, section):
        lines = self.command("INFO", section).splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def cpu(self):
        """Seconds of CPU time that the server has used."""
        info = self.info("cpu")
        return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])

    def memory(self):
        return int(self.info("memory")["used_memory"])

    def close(self):
        self.socket.close()


def percentile(ordered, percent):
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]


def descendants(pid):
    """All processes below a process, by /proc."""
    children = collections.defaultdict(list)
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    children[int(file.read().rsplit(")", 1)[1].split()[1])].append(int(name))
            except (OSError, IndexError):
                pass  # it ended meanwhile
    found, next_ones = [], [pid]
    while next_ones:
        next_ones = [child for parent in next_ones for child in children[parent]]
        found += next_ones
    return found


def stop(process, seconds=5):
    """Ends a process and all below it: kindly, and after `seconds` by force."""
    below = descendants(process.pid)
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            below = descendants(process.pid)
            process.kill()
            process.wait()
    for pid in below:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def echoed(text, answer):
    """What a tool that echoes its whole text is checked by: the number, if all of the text came back."""
    if answer != text:
        raise ValueError(f"the echo of job {text[:NUMBER]} is {answer!r}")
    return answer[:NUMBER]


async def spread(add, texts, tasks=16):
    """Enqueues with several coroutines at once: the fastest way where there is no bulk."""
    remaining = iter(texts)

    async def producer():
        for text in remaining:
            await add(text)

    await asyncio.gather(*(producer() for _ in range(tasks)))


class Run:
    """One measurement of one peer. Made in the script and again, from the environment, in the worker that it starts."""

    def __init__(self, peer, package, modes=("results", "lone", "drain", "memory"), drain_jobs=20_000, serves=False):
        self.peer, self.package = peer, package
        self.is_worker = RUN in os.environ
        if self.is_worker:
            self.options = argparse.Namespace(**json.loads(os.environ[RUN]))
        else:
            parser = argparse.ArgumentParser(description=f"Measures {peer}. Prints one JSON object.")
            parser.add_argument("--redis", required=True, metavar="URL", help="redis://host:port; nothing else may use it")
            parser.add_argument("--mode", choices=modes, default=modes[0])
            parser.add_argument("--in-flight", type=int, default=64, metavar="N", help="calls at a time with results (64)")
            parser.add_argument("--seconds", type=float, default=10, help="length of a closed loop (10)")
            parser.add_argument("--payload", type=int, default=200, metavar="BYTES", help="of a job (200)")
            parser.add_argument("--jobs", type=int, metavar="N", help=f"for drain ({drain_jobs}) and memory (20000)")
            if serves:
                parser.add_argument("--server", required=True, metavar="PATH", help="MCP server with the tool echo, over stdio")
            self.options = parser.parse_args()
            if self.options.payload < NUMBER:
                parser.error(f"--payload must be at least {NUMBER}")
            if self.options.jobs is None:
                self.options.jobs = drain_jobs if self.options.mode == "drain" else 20_000
        self.redis, self.mode, self.seconds = self.options.redis, self.options.mode, self.options.seconds
        self.jobs = self.options.jobs
        self.server = os.path.abspath(self.options.server) if serves else None
        self.scratch = tempfile.mkdtemp(prefix="peers-") if serves else None
        self.in_flight = 1 if self.mode == "lone" else self.options.in_flight
        # A drain and a backlog are measured without results; peers turn them off where they can.
        self.wants_results = self.mode in ("results", "lone")
        self.filler = "x" * (self.options.payload - NUMBER)
        self.process = self.log = None
        self.tally = Tally(self.redis, self.jobs) if self.is_worker and self.mode == "drain" else None
        self.first_error = None

    # In the worker

    def job(self, text):
        """The no-op that every peer runs."""
        if self.tally:
            self.tally.add(text)
        return text[:NUMBER]

    # In the script

    def text(self, number):
        return f"{number:0{NUMBER}d}{self.filler}"

    def version(self):
        return importlib.metadata.version(self.package)

    def execute(self, call=None, enqueue=None, worker=None):
        """Measures and prints. `call(text)` returns the job's answer, `enqueue(texts)` adds jobs, `worker` is a command line."""
        self.report(lambda: self.measure(call, enqueue, worker))

    def execute_async(self, call=None, enqueue=None, worker=None, startup=None, loop_factory=None):
        """The same for a peer with coroutines."""

        async def run():
            if startup:
                await startup()
            return await self.measure_async(call, enqueue, worker)

        def main():
            with asyncio.Runner(loop_factory=loop_factory) as runner:
                return runner.run(run())

        self.report(main)

    def report(self, measure):
        """Prints what `measure` returns, or why there is nothing, and leaves no process behind."""
        self.deadline = time.monotonic() + START_SECONDS
        signal.signal(signal.SIGALRM, lambda *_: self.watch())
        signal.signal(signal.SIGTERM, lambda *_: self.fail("it was stopped"))
        signal.setitimer(signal.ITIMER_REAL, 0.5, 0.5)
        try:
            figures = measure()
        except BaseException as error:  # also KeyboardInterrupt: a worker is ended whatever happens
            self.fail(f"{type(error).__name__}: {error}")
        self.finish(figures, 0)

    def watch(self):
        if time.monotonic() > self.deadline:
            self.fail("it did not end within its deadline" + (f"; first error: {self.first_error}" if self.first_error else ""))
        if self.process and self.process.poll() is not None:
            self.fail(f"its worker ended with {self.process.returncode}")

    def fail(self, reason):
        if self.log and not reason.startswith("it was stopped"):
            self.log.seek(0)
            tail = self.log.read().decode(errors="replace").strip().splitlines()[-15:]
            if tail:
                with contextlib.suppress(OSError):
                    print("\n".join(["the worker's last lines:"] + tail), file=sys.stderr, flush=True)
        self.finish({"error": reason}, 1)

    def finish(self, figures, status):
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        try:
            if self.process:
                stop(self.process)
            for pid in descendants(os.getpid()):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if self.scratch:
                shutil.rmtree(self.scratch, ignore_errors=True)
            try:
                version = self.version()
            except importlib.metadata.PackageNotFoundError:
                version = None
            print(json.dumps({"peer": self.peer, "version": version, "mode": self.mode, **figures}), flush=True)
        finally:
            # Clients may have threads that never end, and nobody may read what is printed.
            os._exit(status)

    def start(self, worker):
        """Starts the worker process. It ends with this script, also if that is killed."""
        if not worker:
            return
        self.log = tempfile.TemporaryFile()
        environment = dict(os.environ, PYTHONPATH=HERE, PYTHONDONTWRITEBYTECODE="1")
        environment[RUN] = json.dumps(vars(self.options))
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", *worker],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=environment, cwd=HERE,
        )

    def measure(self, call, enqueue, worker):
        if not self.wants_results:
            return self.backlog(enqueue, worker)
        self.start(worker)
        # The first answer comes when the worker is up; the measured ones after a second of warm-up.
        for _ in range(TRIES):
            (loop := Loop(self, "the first call")).one(call)
            if not loop.errors:
                break
        loop.check()
        self.deadline = time.monotonic() + 2 * self.seconds + 2 * CALL_SECONDS + START_SECONDS
        self.threads(Loop(self, "warm-up", min(1, self.seconds)), call)
        control = Redis(self.redis)
        loop, cpu = Loop(self, "the loop", self.seconds), control.cpu()
        self.threads(loop, call)
        return loop.figures(control.cpu() - cpu)

    def threads(self, loop, call):
        threads = [threading.Thread(target=loop.run, args=(call,), daemon=True) for _ in range(self.in_flight)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    async def measure_async(self, call, enqueue, worker):
        if not self.wants_results:
            return await self.backlog_async(enqueue, worker)
        self.start(worker)
        for _ in range(TRIES):
            await (loop := Loop(self, "the first call")).one_async(call)
            if not loop.errors:
                break
        loop.check()
        self.deadline = time.monotonic() + 2 * self.seconds + 2 * CALL_SECONDS + START_SECONDS
        await self.tasks(Loop(self, "warm-up", min(1, self.seconds)), call)
        control = Redis(self.redis)
        loop, cpu = Loop(self, "the loop", self.seconds), control.cpu()
        await self.tasks(loop, call)
        return loop.figures(control.cpu() - cpu)

    async def tasks(self, loop, call):
        await asyncio.gather(*(loop.run_async(call) for _ in range(self.in_flight)))

    def texts(self, numbers):
        return [self.text(number) for number in numbers]

    def backlog(self, enqueue, worker):
        # A few jobs first, so that connections and scripts count for none; a drain counts all of its jobs.
        first = 100 if self.mode == "memory" else 0
        self.deadline = time.monotonic() + 60 + self.jobs / 100
        control = Redis(self.redis)
        enqueue(self.texts(range(-first, 0)))
        memory, started = control.memory(), time.perf_counter()
        enqueue(self.texts(range(self.jobs)))
        return self.backlogged(control, memory, time.perf_counter() - started, worker)

    async def backlog_async(self, enqueue, worker):
        first = 100 if self.mode == "memory" else 0
        self.deadline = time.monotonic() + 60 + self.jobs / 100
        control = Redis(self.redis)
        await enqueue(self.texts(range(-first, 0)))
        memory, started = control.memory(), time.perf_counter()
        await enqueue(self.texts(range(self.jobs)))
        return self.backlogged(control, memory, time.perf_counter() - started, worker)

    def backlogged(self, control, memory, seconds, worker):
        figures = {"jobs": self.jobs, "errors": 0, "enqueue_rate": round(self.jobs / seconds, 1)}
        if self.mode == "memory":
            return figures | {"bytes_per_job": round((control.memory() - memory) / self.jobs, 1)}
        self.deadline = time.monotonic() + START_SECONDS + self.jobs / 100
        cpu = control.cpu()
        self.start(worker)
        waiting = self.deadline - time.monotonic()
        reply = control.command("BLPOP", DRAINED, int(waiting), timeout=waiting + 5)
        if not reply:
            raise TimeoutError("the backlog was not drained")
        drained, cpu = json.loads(reply[1]), control.cpu() - cpu
        expected = {"sum": self.jobs * (self.jobs - 1) // 2, "bytes": self.jobs * self.options.payload}
        if any(drained[name] != value for name, value in expected.items()):
            raise RuntimeError(f"the jobs that ran are not the ones that were enqueued: {drained}, expected {expected}")
        return figures | {
            "rate": round(self.jobs / drained["seconds"], 1),
            "seconds": round(drained["seconds"], 3),
            "redis_us_per_job": round(cpu / self.jobs * 1e6, 2),
        }


class Loop:
    """A closed loop: each caller sends its next job when it has the answer of the last. Only right answers count."""

    # One sequence for all, so that an answer of the warm-up would be noticed.
    numbers = itertools.count()

    def __init__(self, run, name, seconds=CALL_SECONDS):
        self.of, self.name = run, name
        self.errors, self.latencies = 0, []
        self.start = time.perf_counter()
        self.end = self.start + seconds

    def one(self, call):
        text = self.of.text(next(Loop.numbers))
        sent = time.perf_counter()
        try:
            self.answered(text, call(text), sent)
        except Exception as error:
            self.failed(error)

    async def one_async(self, call):
        text = self.of.text(next(Loop.numbers))
        sent = time.perf_counter()
        try:
            self.answered(text, await call(text), sent)
        except Exception as error:
            self.failed(error)

    def answered(self, text, answer, sent):
        if answer != text[:NUMBER]:
            raise ValueError(f"job {text[:NUMBER]} was answered with {answer!r}")
        self.latencies.append(time.perf_counter() - sent)

    def failed(self, error):
        self.errors += 1
        self.of.first_error = self.of.first_error or f"{type(error).__name__}: {error}"

    def run(self, call):
        while time.perf_counter() < self.end:
            self.one(call)

    async def run_async(self, call):
        while time.perf_counter() < self.end:
            await self.one_async(call)

    def check(self):
        if self.errors:
            raise RuntimeError(f"{self.name} failed: {self.of.first_error}")
        self.of.first_error = None

    def figures(self, cpu):
        seconds = time.perf_counter() - self.start
        ordered, count = sorted(self.latencies), len(self.latencies)
        figures = {"in_flight": self.of.in_flight, "jobs": count, "errors": self.errors, "seconds": round(seconds, 3)}
        if self.errors:
            figures["first_error"] = self.of.first_error
        if not count:
            return figures | {"error": f"no call of {self.errors} was answered: {self.of.first_error}"}
        return figures | {
            "rate": round(count / seconds, 1),
            "p50_us": round(percentile(ordered, 50) * 1e6, 1),
            "p99_us": round(percentile(ordered, 99) * 1e6, 1),
            "redis_us_per_job": round(cpu / count * 1e6, 2),
        }


class Tally:
    """In a worker that drains: counts jobs, and reports the last one. The rate is from the first job to the last, without the
    start of the process."""

    def __init__(self, redis, jobs):
        self.redis, self.jobs = redis, jobs
        self.count = self.sum = self.bytes = 0
        self.lock = threading.Lock()

    def add(self, text):
        with self.lock:
            if self.count == 0:
                self.start = time.perf_counter()
            self.count += 1
            self.sum += int(text[:NUMBER])
            self.bytes += len(text)
            if self.count < self.jobs:
                return
            seconds = time.perf_counter() - self.start
        report = {"count": self.count, "sum": self.sum, "bytes": self.bytes, "seconds": seconds}
        Redis(self.redis).command("RPUSH", DRAINED, json.dumps(report))
