"""What loadtest/batches/run runs: a batch, with a worker, the leading coordinator and the command killed on the way."""

import argparse
import collections
import contextlib
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "loadtest", "gateways"))
sys.path.insert(0, os.path.join(ROOT, "loadtest", "peers"))

import compare
from gateways import bed_with_redis

PRODUCTS = ["mcpstore", "mcpstore-guardian", "toolserver"]
# Every so many calls one has side effects, and its tool writes down each start.
DESTRUCTIVE_EVERY = 10
# Of all answers, and what is killed once so many are there.
KILLS = [(0.2, "a worker"), (0.4, "the leading coordinator"), (0.6, "the command")]


def arguments():
    parser = argparse.ArgumentParser(
        prog="loadtest/batches/run",
        description="Runs a batch with kills on the way and checks every answer. Prints Markdown; progress is on stderr.",
    )
    parser.add_argument("--calls", type=int, default=100_000, metavar="N", help="calls in the file (100000)")
    parser.add_argument("--workers", type=int, default=3, metavar="N", help="worker processes (3)")
    parser.add_argument("--no-kills", action="store_true", help="leave all alive")
    parser.add_argument("--seconds", type=float, default=900, metavar="S", help="give up after so many (900)")
    parser.add_argument("--bin", metavar="DIR", help="our executables, as they are; otherwise .build/release is built")
    options = parser.parse_args()
    if options.calls < 100 or options.workers < 2:
        parser.error("--calls must be at least 100, --workers at least 2")
    if options.bin:
        options.bin = os.path.abspath(options.bin)
    return options


class Batch:
    """One batch from its first call to its last answer."""

    def __init__(self, bed, url, options):
        self.bed, self.options = bed, options
        self.environment = {"MCPSTORE_REDIS_URL": url}
        self.killed = []
        self.peak = 0

    def path(self, name):
        return os.path.join(self.bed.scratch, name)

    def mcpstore(self, name, *words):
        return self.bed.start(name, [self.bed.program("mcpstore"), *words], self.environment)

    def command(self, *words):
        return self.bed.mcpstore(self.environment, *words)

    def start(self):
        leases = ["--lease", "3s", "--worker-lease", "3s"]
        self.coordinators = [self.mcpstore(f"coordinator-{number}", "coordinator", *leases) for number in (1, 2)]
        self.workers = [
            self.mcpstore(f"worker-{number}", "worker", "--policy", "any", "--lease", "3s") for number in range(self.options.workers)
        ]
        entry = {"command": self.bed.program("toolserver"), "args": ["--record", self.path("record")], "replicas": self.options.workers}
        with open(self.path("tools.json"), "w") as file:
            json.dump({"mcpServers": {"tools": entry}}, file)
        open(self.path("record"), "w").close()
        self.command("service", "add", "--from", "tools.json", "--wait")
        with open(self.path("calls.jsonl"), "w") as file:
            for number in range(self.options.calls):
                tool, values = "echo", {"text": f"call {number}"}
                if number % DESTRUCTIVE_EVERY == 0:
                    tool, values = "record_destructive", {"id": f"k{number}"}
                file.write(json.dumps({"id": number, "tool": tool, "arguments": values}) + "\n")

    def batch(self, *words):
        return self.mcpstore("batch", "batch", "run", "calls.jsonl", "--out", "answers.jsonl", *words)

    def run(self):
        """To the end, with the kills."""
        began = time.monotonic()
        kills = [] if self.options.no_kills else [(int(share * self.options.calls), what) for share, what in KILLS]
        process, answers = self.batch(), 0
        file = None
        while process.poll() is None:
            time.sleep(0.02)
            if time.monotonic() - began > self.options.seconds:
                raise compare.Failure(f"not done within {self.options.seconds:g} s: {self.bed.log('batch')}")
            with contextlib.suppress(OSError, StopIteration), open(f"/proc/{process.pid}/status") as status:
                line = next(line for line in status if line.startswith("VmHWM"))
                self.peak = max(self.peak, int(line.split()[1]) * 1024)
            if file is None:
                with contextlib.suppress(OSError):
                    file = open(self.path("answers.jsonl"), "rb")
            if file is not None:
                answers += file.read().count(b"\n")
            if kills and answers >= kills[0][0]:
                what = kills.pop(0)[1]
                process = self.kill(what, process)
                self.killed.append(f"{what} at {answers:,}")
        if file is not None:
            file.close()
        self.seconds = time.monotonic() - began
        # 1: every call has its answer, and some are not ok. Those with side effects that ran on the worker that died are not.
        if process.returncode not in (0, 1):
            raise compare.Failure(f"the batch ended with {process.returncode}: {self.bed.log('batch')}")

    def kill(self, what, process):
        if what == KILLS[0][1]:
            self.workers[0].kill()
        elif what == KILLS[1][1]:
            leads = lambda number: "this coordinator leads" in open(self.path(f"coordinator-{number}.log")).read()
            self.coordinators[0 if leads(1) else 1].kill()
        else:
            process.kill()
            process.wait()
            return self.batch("--resume")
        return process

    def table(self):
        times, outcomes, wrong = collections.Counter(), collections.Counter(), 0
        with open(self.path("answers.jsonl")) as file:
            for line in file:
                answer = json.loads(line)
                times[answer["id"]] += 1
                outcomes[answer["outcome"]] += 1
                if answer["outcome"] == "ok" and answer["id"] % DESTRUCTIVE_EVERY:
                    wrong += answer["result"]["content"][0]["text"] != f"call {answer['id']}"
        started = collections.Counter()
        with open(self.path("record")) as file:
            for line in file:
                event = json.loads(line)
                started[event["id"]] += event["event"] == "start"
        stats = json.loads(self.command("stats", "--json"))
        calls = self.options.calls
        checks = {
            "lines that were answered": (len(times), calls),
            "answers of another call": (wrong, 0),
            "lines that were answered twice": (sum(1 for count in times.values() if count > 1), 0),
            "destructive calls that were started twice": (sum(1 for count in started.values() if count > 1), 0),
            "outcomes in the stats": (sum(stats["outcomes"].values()), calls),
        }
        rows = [f"| {name} | {found:,} | {wanted:,} |" for name, (found, wanted) in checks.items()]
        told = "; ".join(f"`kill -9` of {one} answers" for one in self.killed) or "nothing was killed"
        print(
            f"{calls:,} calls through {self.options.workers} workers, {os.cpu_count()} cores: {self.seconds:.1f} s, "
            f"{calls / self.seconds:,.0f}/s; {told}. Outcomes: {', '.join(f'{n:,} {kind}' for kind, n in outcomes.most_common())}. "
            f"Peak memory of the command: {self.peak / 2**20:.0f} MiB.\n"
        )
        print("| | found | must be |\n|---|---:|---:|")
        print("\n".join(rows))
        return all(found == wanted for found, wanted in checks.values())


def main():
    options = arguments()
    with bed_with_redis("loadtest/batches/run", PRODUCTS, options.bin) as (bed, url):
        batch = Batch(bed, url, options)
        batch.start()
        print("the batch begins", file=sys.stderr)
        batch.run()
        sys.exit(0 if batch.table() else 1)


if __name__ == "__main__":
    main()
