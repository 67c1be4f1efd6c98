"""What loadtest/limits/run runs: batches of calls of a limited service, whose server writes down each start and end."""

import argparse
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "loadtest", "gateways"))
sys.path.insert(0, os.path.join(ROOT, "loadtest", "peers"))

import compare
from gateways import bed_with_redis

PRODUCTS = ["mcpstore", "mcpstore-guardian", "toolserver"]
LIMITED, FREE = "record_destructive", "record_readonly"
# Limits of the service and of its tool; calls of how many milliseconds, of which every so many is one of that tool.
CASES = [
    ({"concurrency": 3}, {}, 60, 200, 1),
    ({"concurrency": 3, "rate": 50, "burst": 10}, {}, 60, 200, 1),
    ({"concurrency": 10, "rate": 200, "burst": 200}, {}, 500, 100, 1),
    ({"rate": 20, "burst": 5}, {}, 105, 100, 1),
    ({"rate": 500, "burst": 3}, {}, 2000, 1, 1),
    ({"rate": 500, "burst": 1}, {}, 2000, 1, 1),
    ({}, {"concurrency": 1}, 250, 20, 1),
    ({}, {"concurrency": 1}, 1000, 1, 1),
    ({"rate": 50, "burst": 10}, {"concurrency": 1, "cost": 5}, 120, 20, 4),
]


def arguments():
    parser = argparse.ArgumentParser(
        prog="loadtest/limits/run",
        description="Runs calls against limits of a service and of its tools. Prints Markdown; progress is on stderr. Ends with 1 where "
        "more ran at a time than a limit allows.",
    )
    parser.add_argument("--workers", type=int, default=3, metavar="N", help="worker processes, which all host the service (3)")
    parser.add_argument("--bin", metavar="DIR", help="our executables, as they are; otherwise .build/release is built")
    options = parser.parse_args()
    if options.workers < 1:
        parser.error("--workers must be at least 1")
    if options.bin:
        options.bin = os.path.abspath(options.bin)
    return options


def words(limits):
    return [word for name, value in limits.items() for word in (f"--{name}", str(value))]


def least(service, tool, calls, milliseconds, every):
    """Seconds from the first start to the last one that the limits allow."""
    ours, bounds = calls // every, [0]
    for limit, count in [(service, calls), (tool, ours)]:
        if "concurrency" in limit:
            bounds.append((count - 1) // limit["concurrency"] * milliseconds / 1000)
    if "rate" in service:
        units = calls - ours + ours * tool.get("cost", 1)
        bounds.append(max(units - service["burst"], 0) / service["rate"])
    return max(bounds)


class Case:
    """One batch under limits."""

    def __init__(self, bed, environment):
        self.bed, self.environment = bed, environment

    def path(self, name):
        return os.path.join(self.bed.scratch, name)

    def command(self, *words):
        return self.bed.mcpstore(self.environment, *words, timeout=300)

    def run(self, service, tool, calls, milliseconds, every):
        """Seconds from the first start to the last, and the most calls of the service and of the tool at a time."""
        self.command("service", "limit", "tools", "--none")
        self.command("service", "limit", "tools", "--tool", LIMITED, "--none")
        if service:
            self.command("service", "limit", "tools", *words(service))
        if tool:
            self.command("service", "limit", "tools", "--tool", LIMITED, *words(tool))
        open(self.path("record"), "w").close()
        with open(self.path("calls.jsonl"), "w") as file:
            for number in range(calls):
                name = LIMITED if number % every == 0 else FREE
                file.write(json.dumps({"id": number, "tool": name, "arguments": {"id": f"c{number}", "ms": milliseconds}}) + "\n")
        self.command("batch", "run", "calls.jsonl", "--out", "answers.jsonl", "--overwrite")
        with open(self.path("record")) as file:
            events = [json.loads(line) for line in file]
        starts = sorted(event["at"] for event in events if event["event"] == "start")
        if len(starts) != calls:
            raise compare.Failure(f"{len(starts)} of {calls} calls were started")
        return (starts[-1] - starts[0]) / 1e6, most(events), most([one for one in events if one["tool"] == LIMITED])


def most(events):
    """How many were under way at one moment; at the same microsecond one that ends makes room."""
    now = highest = 0
    for event in sorted(events, key=lambda event: (event["at"], event["event"] == "start")):
        now += 1 if event["event"] == "start" else -1
        highest = max(highest, now)
    return highest


def main():
    options = arguments()
    with bed_with_redis("loadtest/limits/run", PRODUCTS, options.bin) as (bed, url):
        environment = {"MCPSTORE_REDIS_URL": url}
        bed.start("coordinator", [bed.program("mcpstore"), "coordinator"], environment)
        for number in range(options.workers):
            bed.start(f"worker-{number}", [bed.program("mcpstore"), "worker", "--policy", "any"], environment)
        case = Case(bed, environment)
        server = [bed.program("toolserver"), "--record", case.path("record")]
        case.command("service", "add", "tools", "--wait", "--replicas", str(options.workers), "--", *server)
        print(f"{options.workers} workers, {os.cpu_count()} cores\n")
        print("| service | tool | calls | of | at least | took | most at once |\n|---|---|---:|---:|---:|---:|---:|")
        isKept = True
        for service, tool, calls, milliseconds, every in CASES:
            took, all_, ours = case.run(service, tool, calls, milliseconds, every)
            isKept = isKept and all_ <= service.get("concurrency", all_) and ours <= tool.get("concurrency", ours)
            shown = [f"`{' '.join(words(limits))}`" if limits else "" for limits in (service, tool)]
            highest = f"{all_}" if every == 1 else f"{all_}, {ours} of the tool"
            wanted = least(service, tool, calls, milliseconds, every)
            print(f"| {shown[0]} | {shown[1]} | {calls:,} | {milliseconds} ms | {wanted:.2f} s | {took:.2f} s | {highest} |", flush=True)
        sys.exit(0 if isKept else 1)


if __name__ == "__main__":
    main()
