"""What Tests/gateway-scale runs: gateways behind a balancer, clients of both eras, kills, and the judgement over the ledgers.

The ledgers are those of the clients (each call, from outside), of the balancer (which calls a killed gateway had taken) and of the tools
(each execution, written and synced before it is answered). Nothing that the cluster says of itself is believed.
"""

import argparse
import asyncio
import collections
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path += [os.path.join(ROOT, "loadtest", "peers"), os.path.join(ROOT, "loadtest", "gateways")]

import common
import compare
import gateways
from balancer import Balancer

# The kinds of outcome by which the design tells that nobody answered.
NAMED = {"busy", "timedOut", "unavailable", "interrupted", "unknown", "rejected", "notReady", "redis"}
# Where clients come from: the environment of Tests/TestSupport/Peers/Scripts/prepare, and the mode of client.py.
KINDS = {"auto": "modern", "legacy": "modern", "old": "legacy"}
SKIPPED = 75


def arguments():
    parser = argparse.ArgumentParser(
        prog="Tests/gateway-scale",
        description="Three gateways behind a round-robin balancer, many mcp SDK clients of both eras, a worker and a gateway killed meanwhile.",
        epilog="Exit status: 0 where no call was lost; 1 where one was, with the reasons; 75 where the package index cannot be reached.",
    )
    parser.add_argument("--clients", type=int, default=200, metavar="N", help="clients (200), a third of each kind")
    parser.add_argument("--seconds", type=float, default=30, help="how long they call (30)")
    parser.add_argument("--gateways", type=int, default=3, metavar="N", help="gateways (3)")
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="processes for each kind of client (2)")
    parser.add_argument("--no-kill", action="store_true", help="leave worker and gateway alive")
    parser.add_argument("--bin", metavar="DIR", help="our executables, as they are")
    parser.add_argument("--keep", action="store_true", help="keep the ledgers and logs")
    options = parser.parse_args()
    if not options.bin:
        parser.error("--bin is missing; Tests/gateway-scale gives it")
    options.bin = os.path.abspath(options.bin)
    if options.clients < 3 or options.gateways < 2 or options.seconds < 1 or options.processes < 1:
        parser.error("--clients must be at least 3, --gateways 2, --seconds and --processes 1")
    return options


def python(environment):
    done = subprocess.run(
        [os.path.join(ROOT, "Tests", "TestSupport", "Peers", "Scripts", "prepare"), environment], capture_output=True, text=True,
        stdin=subprocess.DEVNULL, timeout=900,
    )
    if done.returncode == SKIPPED:
        print(done.stderr.strip().splitlines()[-1])
        sys.exit(SKIPPED)
    if done.returncode:
        sys.exit(f"error: the Python environment {environment}: {done.stderr.strip()[-500:]}")
    return os.path.join(done.stdout.strip().splitlines()[-1], "bin", "python")


class Cluster:
    def __init__(self, options, scratch):
        self.options, self.bed = options, gateways.Bed(scratch, options.bin)
        self.record = os.path.join(scratch, "record")
        self.ports = [gateways.free_port() for _ in range(options.gateways)]

    def start(self):
        self.redis = compare.Server(self.bed.scratch)
        self.environment = {
            "MCPSTORE_REDIS_URL": self.redis.url, "MCPSTORE_NAMESPACE": "default", "MCPSTORE_DATASPACE": "default",
        }
        mcpstore = self.bed.program("mcpstore")
        self.bed.start("coordinator", [mcpstore, "coordinator", "--worker-lease", "3s"], self.environment)
        self.workers = [
            self.bed.start(f"worker-{number}", [mcpstore, "worker", "--policy", "any", "--lease", "3s"], self.environment)
            for number in range(2)
        ]
        self.gateways = [
            self.bed.start(f"gateway-{number}", [mcpstore, "gateway", "--port", str(port)], self.environment)
            for number, port in enumerate(self.ports)
        ]
        add = [
            mcpstore, "service", "add", "tools", "--replicas", "2", "--", self.bed.program("toolserver"), "--record", self.record,
        ]
        for command in (add, [mcpstore, "service", "wait", "tools", "--timeout", "90s"]):
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, env=os.environ | self.environment,
            )
            if done.returncode:
                raise compare.Failure(f"{' '.join(command[1:4])}: {done.stderr.strip()[-500:]}")
        for number, port in enumerate(self.ports):
            path = gateways.Path(f"http://127.0.0.1:{port}/mcp")
            self.bed.until(f"gateway {number} answers", path.answers, f"gateway-{number}")

    def stop(self):
        self.bed.stop()
        if hasattr(self, "redis"):
            self.redis.stop()


async def drive(cluster, options, scratch):
    """Has the clients call through the balancer while a worker and a gateway are killed. Returns the balancer and the ledgers."""
    balancer = Balancer(cluster.ports)
    port = await balancer.start()
    shares = [(kind, number) for kind in KINDS for number in range(options.processes)]
    base, rest = divmod(options.clients, len(shares))
    ledgers, clients = [], []
    for index, (kind, number) in enumerate(shares):
        count = base + (index < rest)
        if not count:
            continue
        ledger = os.path.join(scratch, f"ledger-{kind}-{number}")
        ledgers.append(ledger)
        clients.append(cluster.bed.start(
            f"clients-{kind}-{number}",
            [python(KINDS[kind]), os.path.join(HERE, "client.py"), kind, f"http://127.0.0.1:{port}/mcp", f"s.{kind}.{number}",
             str(count), str(options.seconds), ledger],
        ))
    # Kills count from the moment when calls are answered: SDKs take their time to start.
    while sum(balancer.statuses.values()) < 5 * options.clients and all(client.poll() is None for client in clients):
        await asyncio.sleep(0.05)
    killed = None
    if not options.no_kill:
        await asyncio.sleep(options.seconds / 4)
        print(f"kills worker 0, after {sum(balancer.requests)} requests", file=sys.stderr, flush=True)
        cluster.workers[0].send_signal(signal.SIGKILL)
        await asyncio.sleep(options.seconds / 4)
        killed = options.gateways - 1
        print(f"kills gateway {killed}, after {sum(balancer.requests)} requests", file=sys.stderr, flush=True)
        cluster.gateways[killed].send_signal(signal.SIGKILL)
    end = time.monotonic() + options.seconds + 300
    while any(client.poll() is None for client in clients):
        if time.monotonic() > end:
            break
        await asyncio.sleep(0.1)
    ends = [client.poll() for client in clients]
    return balancer, ledgers, killed, ends


def lines(path):
    """The whole lines of a file of JSON lines."""
    try:
        with open(path) as file:
            return [json.loads(line) for line in file if line.endswith("\n")]
    except FileNotFoundError:
        return []


def judge(balancer, ledgers, killed, ends, record):
    """What is wrong, and what was counted."""
    wrong, counts, kinds, answered = [], collections.Counter(), collections.Counter(), {}
    runs = collections.defaultdict(collections.Counter)
    for line in lines(record):
        runs[line["id"]][line["event"]] += 1
    cut = {id for ids in balancer.cut.values() for id in ids}
    for path in ledgers:
        open_calls = {}
        entries = lines(path)
        for line in entries:
            key = (line["id"], line.get("attempt"))
            match line["event"]:
                case "begin":
                    open_calls[key] = line
                case "reopened":
                    counts["clients opened anew without a call"] += 1
                case "gone":
                    wrong.append(f"{line['id']}: the client gave up: {line['detail']}")
                case "end":
                    if open_calls.pop(key, None) is None:
                        wrong.append(f"{line['id']}: ended twice")
                    counts[line["outcome"]] += 1
                    tool, outcome = line["tool"], line["outcome"]
                    if "session not found" in line.get("detail", "").lower():
                        wrong.append(f"{line['id']}: {line['detail']}")
                    if outcome == "ok":
                        answered[line["id"]] = True
                        if tool != "echo" and not runs[line["id"]]["end"]:
                            wrong.append(f"{line['id']}: {tool} was answered and never ran")
                    elif outcome == "error":
                        kinds[line["kind"]] += 1
                        if line["kind"] not in NAMED:
                            wrong.append(f"{line['id']}: an error of a kind that has no name: {line['kind']}: {line['detail']}")
                        elif line["kind"] == "interrupted" and tool != "record_destructive":
                            wrong.append(f"{line['id']}: {tool} may run again and was interrupted: {line['detail']}")
                    elif outcome == "cut":
                        if line["id"] not in cut:
                            wrong.append(f"{line['id']}: broken off, though every gateway that had it answered: {line['detail']}")
                        if tool == "record_destructive":
                            counts["destructive calls that the killed gateway had"] += 1
                        else:
                            answered.setdefault(line["id"], False)
                    else:
                        wrong.append(f"{line['id']}: {outcome}: {line.get('detail')}")
        for id, _ in open_calls:
            wrong.append(f"{id}: never ended")
        if not entries or entries[-1]["event"] != "done":
            wrong.append(f"{os.path.basename(path)}: the clients did not come to their end")
    wrong += [f"{id}: broken off and never answered after that" for id, was in answered.items() if not was]
    destructive = [id for path in ledgers for line in lines(path) if line["event"] == "begin" and line["tool"] == "record_destructive"
                   for id in [line["id"]]]
    wrong += [f"{id}: a destructive tool ran {runs[id]['start']} times" for id in destructive if runs[id]["start"] > 1]
    for index, ids in balancer.cut.items():
        if index != killed:
            wrong.append(f"gateway {index} broke off {len(ids)} requests and was not killed: {ids[:3]}")
    wrong += [f"404 for {what}" for what in balancer.not_found[:3]]
    wrong += [f"a process of clients ended with {status}" for status in ends if status]
    if not counts["ok"]:
        wrong.append("no call was answered")
    return wrong, counts, kinds


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for environment in sorted(set(KINDS.values())):
        python(environment)
    scratch = tempfile.mkdtemp(prefix="gateway-scale-")
    cluster = Cluster(options, scratch)
    try:
        try:
            cluster.start()
        except compare.Failure as failure:
            sys.exit(f"error: {failure}")
        began = time.monotonic()
        balancer, ledgers, killed, ends = asyncio.run(drive(cluster, options, scratch))
        took = time.monotonic() - began
        wrong, counts, kinds = judge(balancer, ledgers, killed, ends, cluster.record)
        print(f"{options.clients} clients, {options.gateways} gateways, {took:.0f} s; requests by gateway: {balancer.requests}; by status: {balancer.statuses}")
        print("calls: " + ", ".join(f"{count} {name}" for name, count in counts.most_common()))
        print("kinds of errors: " + (", ".join(f"{count} {name}" for name, count in kinds.most_common()) or "none"))
        print("requests that the killed gateway broke off: " + str(sum(map(len, balancer.cut.values()))))
        for line in wrong[:20]:
            print(f"WRONG {line}")
        if len(wrong) > 20:
            print(f"WRONG … and {len(wrong) - 20} more")
        if options.keep or wrong:
            print(f"kept: {scratch}")
        print("FAILED" if wrong else "PASSED: no call was lost")
        return 1 if wrong else 0
    finally:
        cluster.stop()
        if not options.keep and not (sys.exc_info()[0] is None and "wrong" in locals() and wrong):
            shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
