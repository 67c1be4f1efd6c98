"""What loadtest/peers/run runs: sets the peers up, measures them and us in turn, and writes the tables."""

import argparse
import contextlib
import datetime
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zlib

import common

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PAYLOAD, IN_FLIGHT, SERVERS_IN_FLIGHT = 200, 64, 32

QUEUES = {"huey": "huey", "dramatiq": "dramatiq", "taskiq": "taskiq-redis", "saq": "saq", "celery": "Celery", "sidekiq": "Sidekiq"}
SERVERS = {"mcpstore": "MCPStore for Python, Redis mode", "mcp": "direct, Python client"}
PEERS = QUEUES | SERVERS
SCENARIOS = [
    "queue-noop-64", "queue-noop-1", "direct-echo-1", "echo-1", "direct-echo-32", "echo-32", "echo-64",
]
PRODUCTS = ["mcpstore", "mcpstore-guardian", "toolserver", "loadtest"]
# Not to be installed here: the rate of its best way to deliver results in shared/peers.md, measured on another machine and Redis.
CHASQUIMQ = 6_221


def note(text):
    print(text, file=sys.stderr, flush=True)


def arguments():
    parser = argparse.ArgumentParser(
        prog="loadtest/peers/run",
        description="Measures the peers and us in one run on one private redis-server. Prints Markdown; progress is on stderr.",
        epilog="Installs what is missing (Debian packages as root or with sudo; Python packages below .build/peers).",
    )
    parser.add_argument("--only", metavar="NAMES", help=f"these peers only, with commas: {', '.join(PEERS)}; or none")
    parser.add_argument("--seconds", type=float, default=10, help="length of a measurement (10)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="pairs of floor and us (5)")
    parser.add_argument("--jobs", type=int, metavar="N", help="backlog to drain and to weigh (the scripts' own)")
    parser.add_argument("--skip-us", action="store_true", help="measure the peers only, without floor and us")
    parser.add_argument("--bin", metavar="DIR", help="our executables, as they are; otherwise .build/release is built")
    parser.add_argument("--out", metavar="FILE", help="write the tables there instead")
    parser.add_argument("--json", metavar="FILE", help="write all figures there")
    options = parser.parse_args()
    names = [] if options.only == "none" else options.only.split(",") if options.only else list(PEERS)
    if unknown := [name for name in names if name not in PEERS]:
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(PEERS)}")
    if options.seconds <= 0 or options.rounds < 1:
        parser.error("--seconds and --rounds must be positive")
    options.only = names
    for name in ("out", "json", "bin"):
        path = getattr(options, name)
        if path:
            path = os.path.abspath(path)
            setattr(options, name, path)
            if name != "bin" and not os.path.isdir(os.path.dirname(path)):
                parser.error(f"--{name}: there is no folder {os.path.dirname(path)}")
    return options


class Failure(Exception):
    """Why something has no figures."""


# Set-up


def environment(peer, home=HERE):
    """The Python of a peer, with the exact packages of its requirements below `home`; made once."""
    requirements = os.path.join(home, "requirements", f"{peer}.txt")
    with open(requirements, "rb") as file:
        mark = zlib.crc32(file.read() + sys.version.encode())
    folder = os.path.join(ROOT, ".build", "peers", f"{peer}-{mark:08x}")
    python = os.path.join(folder, "bin", "python")
    ready = os.path.join(folder, "ready")
    if not os.path.exists(ready):
        note(f"Installing {peer} from PyPI into {os.path.relpath(folder, ROOT)} ...")
        shutil.rmtree(folder, ignore_errors=True)
        steps = [
            [sys.executable, "-m", "venv", folder],
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "20",
             "--no-deps", "--only-binary", ":all:", "-r", requirements],
        ]
        for step in steps:
            try:
                done = subprocess.run(step, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
            except subprocess.TimeoutExpired:
                raise Failure("its packages could not be installed within 10 minutes") from None
            if done.returncode:
                lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()] or ["no reason given"]
                raise Failure(f"its packages could not be installed: {lines[-1].strip()}")
        open(ready, "w").close()
    return python


def ruby():
    script = f"""
        source {ROOT}/cluster/install
        missing_packages() {{
            command -v sidekiq >/dev/null || echo ruby-sidekiq
            ruby -e 'require "hiredis"' 2>/dev/null || echo ruby-hiredis
        }}
        install_packages
    """
    done = subprocess.run(["bash", "-c", script], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=900)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        raise Failure(f"its Debian packages could not be installed: {lines[-1]}")
    return sys.executable


def build(products):
    done = subprocess.run([os.path.join(ROOT, "cluster", "build"), *products], stdout=sys.stderr)
    if done.returncode:
        sys.exit("error: the build failed")


class Server:
    """The redis-server of the run. It ends with this process, however that ends."""

    def __init__(self, scratch):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", "redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
             "--save", "", "--appendonly", "no", "--dir", scratch, "--loglevel", "warning"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        end = time.monotonic() + 15
        while True:
            try:
                self.client = common.Redis(self.url)
                self.client.command("PING")
                return
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    self.stop()
                    sys.exit("error: redis-server did not start")
                time.sleep(0.05)

    def empty(self):
        """As new for the next one: no keys, scripts, clients or statistics."""
        for command in (
            ["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"], ["FLUSHALL", "SYNC"], ["SCRIPT", "FLUSH", "SYNC"],
            ["CONFIG", "RESETSTAT"],
        ):
            self.client.command(*command)

    def version(self):
        return self.client.info("server")["redis_version"]

    def stop(self):
        common.stop(self.process)


def execute(command, deadline, scratch):
    """Runs one measurement in a process group of its own, of which nothing is left afterwards. Returns its standard output."""
    with open(os.path.join(scratch, "stderr"), "w+b") as errors:
        process = subprocess.Popen(
            # It ends with this process, also if that is killed.
            ["setpriv", "--pdeathsig", "TERM", "--", *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True, cwd=ROOT,
            env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"),
        )
        try:
            output, _ = process.communicate(timeout=deadline)
        except subprocess.TimeoutExpired:
            raise Failure(f"it did not end within {deadline:.0f} s") from None
        finally:
            # Kindly first: what it started may have sessions of its own.
            common.stop(process, seconds=10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        errors.seek(0)
        tail = errors.read().decode(errors="replace").strip().splitlines()[-15:]
    return process.returncode, output.decode(errors="replace"), tail


# Measuring


class Comparison:
    def __init__(self, options, server, scratch):
        self.options, self.server, self.scratch = options, server, scratch
        self.bin = options.bin or os.path.join(ROOT, ".build", "release")
        self.rounds = []
        self.peers = {name: {"name": label, "modes": {}} for name, label in PEERS.items() if name in options.only}
        self.began = datetime.datetime.now(datetime.timezone.utc)
        self.load = [os.getloadavg()[0]]

    # Peers

    def peer(self, name):
        entry = self.peers[name]
        try:
            python = ruby() if name == "sidekiq" else environment(name)
        except (Failure, OSError, subprocess.TimeoutExpired) as failure:
            entry["error"] = str(failure)
            note(f"{name}: {failure}")
            return
        if name in SERVERS:
            modes = {"lone": [], "results": ["--in-flight", SERVERS_IN_FLIGHT]}
        elif name == "sidekiq":
            modes = {"drain": [], "memory": []}
        else:
            modes = {"results": ["--in-flight", IN_FLIGHT], "lone": [], "drain": [], "memory": []}
        for mode, extra in modes.items():
            if name in SERVERS:
                extra = extra + ["--server", os.path.join(self.bin, "toolserver")]
            elif self.options.jobs:
                extra = extra + ["--jobs", self.options.jobs]
            self.server.empty()
            command = [
                python, "-B", os.path.join(HERE, f"peer_{name}.py"), "--redis", self.server.url, "--mode", mode,
                "--seconds", self.options.seconds, "--payload", PAYLOAD, *extra,
            ]
            figures = self.figures(name, mode, [str(part) for part in command])
            entry["modes"][mode] = figures
            entry["version"] = figures.get("version") or entry.get("version")
            note(f"{name} {mode}: {brief(figures)}")

    def figures(self, name, mode, command):
        # The script's own deadlines are shorter; this one is for a script that hangs.
        deadline = 600 + 3 * self.options.seconds + (self.options.jobs or 100_000) / 50
        try:
            status, output, tail = execute(command, deadline, self.scratch)
            lines = output.strip().splitlines()
            figures = json.loads(lines[-1]) if lines else {"error": f"it ended with {status} and said nothing"}
        except (Failure, OSError, ValueError) as failure:
            figures, tail = {"error": str(failure)}, []
        if "error" in figures:
            for line in tail:
                note(f"    {line}")
        return figures

    # Floor and us

    def round(self):
        figures = {"floor": self.floor(), "us": {}}
        self.rounds.append(figures)
        for scenario in SCENARIOS:
            figures["us"][scenario] = self.scenario(scenario)

    def floor(self):
        seconds = self.options.seconds
        self.server.empty()
        # As many jobs as last about as long as the other measurements.
        jobs, pings = min(int(60_000 * seconds), 10_000_000), min(int(5_000 * seconds), 1_000_000)
        command = [
            os.path.join(self.bin, "loadtest"), "floor", "--redis", self.server.url, "--in-flight", str(IN_FLIGHT),
            "--jobs", str(max(jobs, 1)), "--pings", str(max(pings, 1)), "--payload", str(PAYLOAD), "--json",
        ]
        try:
            status, output, tail = execute(command, 120 + 20 * seconds, self.scratch)
            if status:
                raise Failure(f"it ended with {status}: {' '.join(tail[-1:])}")
            rows = json.loads(output)["rows"]
            figures = {row["mode"]: row for row in rows if row["mode"] != "window" or row["inFlight"] == IN_FLIGHT}
        except (Failure, OSError, ValueError, KeyError) as failure:
            note(f"floor: {failure}")
            return {"error": str(failure)}
        window, ping = figures.get("window", {}), figures.get("ping-pong", {})
        note(f"floor: {whole(window.get('jobsPerSecond'))}/s, one at a time p50 {whole(ping.get('p50'))} µs")
        return figures

    def scenario(self, name):
        self.server.empty()
        file = os.path.join(self.scratch, "result.json")
        with contextlib.suppress(FileNotFoundError):
            os.remove(file)
        command = [
            os.path.join(self.bin, "loadtest"), "run", "--scenario", name, "--redis", self.server.url,
            "--seconds", f"{self.options.seconds:g}", "--json", file,
        ]
        try:
            status, _, tail = execute(command, 180 + 3 * self.options.seconds, self.scratch)
            if not os.path.exists(file):
                raise Failure(f"it ended with {status} and no figures: {' '.join(tail[-1:])}")
            with open(file) as opened:
                raw = json.load(opened)
            total, redis = raw.get("legs", {}).get("total", {}), raw.get("redis") or {}
            figures = {
                "rate": raw["rate"], "p50_us": total.get("p50"), "p99_us": total.get("p99"), "errors": count(raw.get("errors", 0)),
                "redis_us_per_job": redis.get("cpuMicrosecondsPerCall"), "bytes_per_job": redis.get("bytesPerQueuedJob"),
                "status": status, "raw": raw,
            }
        except (Failure, OSError, ValueError, KeyError, AttributeError) as failure:
            figures = {"error": str(failure) if isinstance(failure, Failure) else f"{type(failure).__name__}: {failure}"}
        note(f"us, {name}: {brief(figures)}")
        return figures

    def run(self):
        names = list(self.peers)
        if self.options.skip_us:
            for name in names:
                self.peer(name)
        else:
            # The peers stand between the rounds, so that what changes on the machine meanwhile meets all.
            rounds = self.options.rounds
            for index in range(rounds):
                note(f"Round {index + 1} of {rounds}")
                self.round()
                for name in names[index * len(names) // rounds : (index + 1) * len(names) // rounds]:
                    self.peer(name)
        self.load.append(os.getloadavg()[0])

    # Results

    def us(self, scenario, figure):
        return middle([one["us"].get(scenario, {}).get(figure) for one in self.rounds])

    def base(self, mode, figure):
        return middle([one["floor"].get(mode, {}).get(figure) for one in self.rounds if "error" not in one["floor"]])

    def paired(self, compute):
        """A ratio in each round; None where one of its figures is missing."""
        ratios = []
        for one in self.rounds:
            with contextlib.suppress(KeyError, TypeError, ZeroDivisionError):
                ratios.append(compute(one["floor"], one["us"]))
        return ratios

    def of_peer(self, name, mode, figure):
        return self.peers.get(name, {}).get("modes", {}).get(mode, {}).get(figure)

    def budgets(self):
        rate = self.us("queue-noop-64", "rate")
        fastest = max(
            ((self.of_peer(name, "results", "rate"), label) for name, label in QUEUES.items() if self.of_peer(name, "results", "rate")),
            default=(None, "a peer with results"),
        )
        echo = self.us("echo-32", "rate")
        lone, python = self.us("echo-1", "p50_us"), self.of_peer("mcp", "lone", "p50_us")
        # A peer that failed or was left out may have been faster.
        absent = [label for name, label in QUEUES.items() if name != "sidekiq" and not self.of_peer(name, "results", "rate")]
        fastest_name = fastest[1] + (f"; without {', '.join(absent)}" if absent and fastest[0] else "")
        weights = [one["us"].get("queue-noop-64", {}).get("bytes_per_job") for one in self.rounds]
        found = [self.counted(one) for one in self.rounds]
        errors = None if not found or None in found else sum(found)
        return [
            Budget("outcomes/s at 64 in flight, of the floor's", ">=", 0.6, self.paired(
                lambda floor, us: us["queue-noop-64"]["rate"] / floor["window"]["jobsPerSecond"])),
            Budget(f"outcomes/s at 64 in flight, times the fastest peer with results ({fastest_name})", ">=", 10, ratio(rate, fastest[0])),
            Budget("outcomes/s at 64 in flight, times Sidekiq's drain without results", ">=", 3,
                   ratio(rate, self.of_peer("sidekiq", "drain", "rate"))),
            Budget(f"outcomes/s at 64 in flight, times ChasquiMQ's best with results ({CHASQUIMQ:,}/s, **another run and machine**)",
                   ">=", 3, ratio(rate, CHASQUIMQ)),
            Budget("Redis CPU per job at 64 in flight, of the floor's", "<=", 1.5, self.paired(
                lambda floor, us: us["queue-noop-64"]["redis_us_per_job"] / floor["window"]["redisMicroseconds"])),
            Budget("p50 of a lone call, of the floor's", "<=", 2, self.paired(
                lambda floor, us: us["queue-noop-1"]["p50_us"] / floor["ping-pong"]["p50"])),
            Budget("p99 of a lone call, of the floor's", "<=", 2, self.paired(
                lambda floor, us: us["queue-noop-1"]["p99_us"] / floor["ping-pong"]["p99"])),
            Budget("bytes in Redis per queued job", "<=", 320, [weight for weight in weights if weight is not None]),
            Budget("real server, one at a time: p50 added to a direct call, of the floor's p50", "<=", 2, self.paired(
                lambda floor, us: (us["echo-1"]["p50_us"] - us["direct-echo-1"]["p50_us"]) / floor["ping-pong"]["p50"])),
            Budget("real server, 32 in flight: calls/s, of our client calling it directly", ">=", 0.85, self.paired(
                lambda floor, us: us["echo-32"]["rate"] / us["direct-echo-32"]["rate"])),
            Budget("real server, 32 in flight: calls/s, times the Python client calling it directly", ">", 1,
                   ratio(echo, self.of_peer("mcp", "results", "rate"))),
            Budget("real server, one at a time: p50, of the Python client calling it directly", "<", 1, ratio(lone, python)),
            Budget("real server, 32 in flight: calls/s, times MCPStore for Python in Redis mode", ">=", 100,
                   ratio(echo, self.of_peer("mcpstore", "results", "rate"))),
            Budget("errors of ours, in all scenarios", "<=", 0, [] if errors is None else [errors]),
        ]

    @staticmethod
    def counted(one):
        """Errors in all scenarios of a round, or None if one of them has no figures."""
        errors = [figures.get("errors") for figures in one["us"].values()]
        return None if len(errors) < len(SCENARIOS) or None in errors else sum(errors)

    def markdown(self):
        options = self.options
        lines = [
            f"Measured on {self.began:%Y-%m-%d %H:%M} UTC by `loadtest/peers/run`: {os.cpu_count()} cores, Linux {platform.release()}, "
            f"Redis {self.server_version} on loopback without persistence, Python {platform.python_version()}; load average "
            f"{' → '.join(f'{load:.1f}' for load in self.load)}. {options.seconds:g} s each"
            + ("." if options.skip_us else f"; median of {len(self.rounds)} rounds of floor and us, peers once in between."),
            "",
            f"Jobs of {PAYLOAD} bytes that do nothing; one producer process, one worker process; every answer checked.",
            "",
            f"| queue | outcomes/s, {IN_FLIGHT} in flight | one at a time: p50 µs | p99 µs | Redis µs/job | bytes/queued job "
            "| drain without results/s | errors |",
            "|---|---:|---:|---:|---:|---:|---:|---:|",
        ]
        if not options.skip_us:
            for mode, name in (("ping-pong", "the floor"), ("ping-pong, merged writes", "the floor, merged writes")):
                window = "window" if mode == "ping-pong" else None
                cells = [
                    whole(self.base(window, "jobsPerSecond")), whole(self.base(mode, "p50")), whole(self.base(mode, "p99")),
                    tenth(self.base(window, "redisMicroseconds")), "", "", "",
                ]
                lines.append(row(name, cells, first_error(one["floor"] for one in self.rounds)))
            cells = [
                whole(self.us("queue-noop-64", "rate")), whole(self.us("queue-noop-1", "p50_us")),
                whole(self.us("queue-noop-1", "p99_us")), tenth(self.us("queue-noop-64", "redis_us_per_job")),
                whole(self.us("queue-noop-64", "bytes_per_job")), "",
                whole(total([one["us"].get(name, {}).get("errors") for one in self.rounds for name in ("queue-noop-64", "queue-noop-1")])),
            ]
            lines.append(row("**MCPStore for Swift**", cells, first_error(
                one["us"].get(name, {}) for one in self.rounds for name in ("queue-noop-64", "queue-noop-1"))))
        for name, label in QUEUES.items():
            if name not in self.peers:
                continue
            entry = self.peers[name]
            of = lambda mode, figure: self.of_peer(name, mode, figure)
            results = name != "sidekiq"
            cells = [
                whole(of("results", "rate")) if results else "no results", whole(of("lone", "p50_us")) if results else "",
                whole(of("lone", "p99_us")) if results else "", tenth(of("results" if results else "drain", "redis_us_per_job")),
                whole(of("memory", "bytes_per_job")), whole(of("drain", "rate")),
                whole(total([figures.get("errors") for figures in entry["modes"].values()])),
            ]
            lines.append(row(title(label, entry), cells, entry.get("error") or first_error(entry["modes"].values())))
        lines += ["", "Redis µs/job is Redis' CPU time at 64 in flight with results, for Sidekiq that of its drain."]
        if not options.skip_us or set(self.peers) & set(SERVERS):
            lines += [
                "",
                f"Calls of `echo` with a text of {PAYLOAD} bytes, answered by ToolServer over stdio:",
                "",
                "| path | in flight | calls/s | p50 µs | p99 µs | Redis µs/call | errors |",
                "|---|---:|---:|---:|---:|---:|---:|",
            ]
        if not options.skip_us:
            for scenario, name, flight in (
                ("direct-echo-1", "direct, our client", 1), ("echo-1", "**MCPStore for Swift**, through a worker", 1),
                ("direct-echo-32", "direct, our client", 32), ("echo-32", "**MCPStore for Swift**, through a worker", 32),
                ("echo-64", "**MCPStore for Swift**, through a worker", 64),
            ):
                cells = [
                    str(flight), whole(self.us(scenario, "rate")), whole(self.us(scenario, "p50_us")), whole(self.us(scenario, "p99_us")),
                    "" if "direct" in scenario else tenth(self.us(scenario, "redis_us_per_job")),
                    whole(total([one["us"].get(scenario, {}).get("errors") for one in self.rounds])),
                ]
                lines.append(row(name, cells, first_error(one["us"].get(scenario, {}) for one in self.rounds)))
        for name, label in SERVERS.items():
            if name not in self.peers:
                continue
            entry = self.peers[name]
            for mode, flight in (("lone", 1), ("results", SERVERS_IN_FLIGHT)):
                figures = entry["modes"].get(mode, {})
                errors = figures.get("errors")
                share = f" ({errors / (errors + figures.get('jobs', 0)):.0%})" if errors else ""
                cells = [
                    str(flight), whole(figures.get("rate")), whole(figures.get("p50_us")), whole(figures.get("p99_us")),
                    "" if name == "mcp" else tenth(figures.get("redis_us_per_job")), whole(errors) + share,
                ]
                lines.append(row(title(label, entry), cells, entry.get("error") or figures.get("error")))
        if not options.skip_us:
            lines += [
                "",
                "Budgets. A ratio to the floor or to our direct client is computed in each round (median, least to most of the rounds); "
                "one to a peer from the median of ours and its one figure.",
                "",
                "| budget | needed | measured | |",
                "|---|---:|---:|---|",
            ]
            lines += [budget.row() for budget in self.budgets()]
        return "\n".join(lines) + "\n"

    def document(self):
        return {
            "began": self.began.isoformat(), "redis": self.server_version, "python": platform.python_version(),
            "cores": os.cpu_count(), "kernel": platform.release(), "load": self.load,
            "options": {name: getattr(self.options, name) for name in ("seconds", "rounds", "jobs", "skip_us", "only")},
            "payload": PAYLOAD, "rounds": self.rounds, "peers": self.peers,
            "budgets": [] if self.options.skip_us else [budget.document() for budget in self.budgets()],
        }

    def complete(self):
        modes = [figures for entry in self.peers.values() for figures in entry["modes"].values()]
        ours = [figures for one in self.rounds for figures in (one["floor"], *one["us"].values())]
        return not any("error" in figures for figures in (*self.peers.values(), *modes, *ours))


class Budget:
    CHECKS = {
        ">=": lambda value, limit: value >= limit, "<=": lambda value, limit: value <= limit,
        ">": lambda value, limit: value > limit, "<": lambda value, limit: value < limit,
    }
    SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<"}

    def __init__(self, name, sign, limit, values):
        self.name, self.sign, self.limit, self.values = name, sign, limit, values
        self.value = statistics.median(values) if values else None
        self.met = None if self.value is None else Budget.CHECKS[sign](self.value, limit)

    def row(self):
        text = "not measured" if self.value is None else figure(self.value)
        if len(self.values) > 1:
            text += f" ({figure(min(self.values))} to {figure(max(self.values))})"
        verdict = {None: "not measured", True: "met", False: "**missed**"}[self.met]
        return f"| {self.name} | {Budget.SIGNS[self.sign]} {self.limit:g} | {text} | {verdict} |"

    def document(self):
        return {
            "name": self.name, "sign": self.sign, "limit": self.limit, "value": self.value, "pairs": self.values, "met": self.met,
        }


def ratio(one, other):
    return [one / other] if one is not None and other else []


def count(errors):
    """A number, or a table of numbers by kind."""
    return sum(errors.values()) if isinstance(errors, dict) else len(errors) if isinstance(errors, list) else errors


def middle(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def total(values):
    values = [value for value in values if value is not None]
    return sum(values) if values else None


def whole(value):
    return "–" if value is None else f"{value:,.0f}"


def tenth(value):
    return "–" if value is None else f"{value:,.1f}"


def figure(value):
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}"


def title(label, entry):
    return f"{label} {entry['version']}" if entry.get("version") else label


def first_error(figures):
    return next((one["error"] for one in figures if "error" in one), None)


def row(name, cells, error=None):
    if error:
        name += f" (**not all measured**: {error.replace('|', '/').splitlines()[0][:200]})"
    return f"| {name} | {' | '.join(cells)} |"


def brief(figures):
    if "error" in figures:
        return figures["error"]
    parts = [f"{figures['rate']:,.0f}/s"] if figures.get("rate") is not None else []
    parts += [f"p50 {figures['p50_us']:,.0f} µs"] if figures.get("p50_us") is not None else []
    parts += [f"{figures['bytes_per_job']:,.0f} bytes/job"] if figures.get("bytes_per_job") is not None else []
    parts += [f"{figures['errors']} errors"] if figures.get("errors") else []
    return ", ".join(parts)


def main():
    options = arguments()
    # A signal ends what was started, like Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not options.bin:
        products = PRODUCTS if not options.skip_us else ["toolserver"] if set(options.only) & set(SERVERS) else []
        build(products)
    scratch = tempfile.mkdtemp(prefix="mcpstore-peers-")
    server = None
    try:
        server = Server(scratch)
        comparison = Comparison(options, server, scratch)
        comparison.server_version = server.version()
        try:
            comparison.run()
        finally:
            # Also what an interrupted run has measured.
            if options.json:
                with open(options.json, "w") as file:
                    json.dump(comparison.document(), file, indent=1, ensure_ascii=False)
                    file.write("\n")
        text = comparison.markdown()
        if options.out:
            with open(options.out, "w") as file:
                file.write(text)
        else:
            print(text, end="")
        if not comparison.complete():
            note("Not everything was measured; see the table.")
            return 1
        return 0
    finally:
        if server:
            server.stop()
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
