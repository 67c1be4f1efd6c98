"""What loadtest/gateways/run runs: starts gateways with ToolServer behind them, has wrk call through each in turn, and writes the table."""

import argparse
import contextlib
import datetime
import http.client
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
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "loadtest", "peers"))

import common
import compare

PAYLOAD = 200
LEGACY, MODERN = "2025-11-25", "2026-07-28"
START_SECONDS = 60
NAMES = {
    "direct": "ToolServer itself, over HTTP",
    "mcpstore": "**`mcpstore gateway`**, ToolServer over HTTP",
    "mcpstore-modern": "the same, calls of 2026-07-28",
    "mcpstore-stdio": "the same, ToolServer over stdio",
    "mcp-proxy": "`mcp-proxy` {}, with a session, ToolServer over stdio",
    "mcp-proxy-stateless": "the same, stateless",
    "fastmcp": "`fastmcp` {} proxy, ToolServer over HTTP",
    "contextforge": "ContextForge {}, ToolServer over HTTP",
}
# Who has ToolServer behind it in the same way as one of ours.
EQUALS = {"mcpstore-stdio": ("mcp-proxy", "mcp-proxy-stateless"), "mcpstore": ("fastmcp", "contextforge")}
PACKAGES = {"mcp-proxy": "mcp-proxy", "fastmcp": "fastmcp", "contextforge": "mcp-contextforge-gateway"}
PRODUCTS = ["mcpstore", "mcpstore-guardian", "toolserver"]


def arguments():
    parser = argparse.ArgumentParser(
        prog="loadtest/gateways/run",
        description="Measures tools/call over HTTP with wrk, directly and through gateways. Prints Markdown; progress is on stderr.",
        epilog="Installs what is missing (Debian packages as root or with sudo; Python packages below .build/peers).",
    )
    parser.add_argument("--only", metavar="NAMES", help=f"these only, with commas: {', '.join(NAMES)}")
    parser.add_argument("--seconds", type=float, default=5, help="length of a measurement (5)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="how often each is measured, in turn (3)")
    parser.add_argument("--in-flight", type=int, default=32, metavar="N", help="connections of the second measurement (32)")
    parser.add_argument("--bin", metavar="DIR", help="our executables, as they are; otherwise .build/release is built")
    parser.add_argument("--out", metavar="FILE", help="write the table there instead")
    parser.add_argument("--json", metavar="FILE", help="write all figures there")
    options = parser.parse_args()
    options.only = options.only.split(",") if options.only else list(NAMES)
    if unknown := [name for name in options.only if name not in NAMES]:
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(NAMES)}")
    if options.seconds < 1 or options.rounds < 1 or options.in_flight < 2:
        parser.error("--seconds and --rounds must be at least 1, --in-flight at least 2")
    for name in ("out", "json", "bin"):
        if path := getattr(options, name):
            setattr(options, name, os.path.abspath(path))
    return options


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def post(url, body, headers=(), timeout=30):
    """The status, headers and text of an answer."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    try:
        fields = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"} | dict(headers)
        connection.request("POST", parts.path, json.dumps(body).encode(), fields)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode(errors="replace")
    finally:
        connection.close()


class Bed:
    """The processes of the run. Each ends with this one, however it ends."""

    def __init__(self, scratch, binaries):
        self.scratch, self.bin, self.processes = scratch, binaries, []

    def start(self, name, command, environment=None):
        log = open(os.path.join(self.scratch, f"{name}.log"), "wb")
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            cwd=self.scratch, env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1", **(environment or {})), start_new_session=True,
        )
        self.processes.append(process)
        return process

    def log(self, name):
        with open(os.path.join(self.scratch, f"{name}.log"), errors="replace") as file:
            lines = file.read().strip().splitlines()
        return " / ".join(lines[-3:])[-400:] or "nothing in its log"

    def program(self, name):
        return os.path.join(self.bin, name)

    def until(self, what, condition, name=None):
        end = time.monotonic() + START_SECONDS
        why = None
        while time.monotonic() < end:
            try:
                if value := condition():
                    return value
            except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
                why = error
            time.sleep(0.1)
        raise compare.Failure(f"not within {START_SECONDS} s: {what} ({why or (self.log(name) if name else 'no')})")

    def mcpstore(self, environment, *words, timeout=120):
        """What a command of ours prints, once it has ended well."""
        done = subprocess.run(
            [self.program("mcpstore"), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
            cwd=self.scratch, env=os.environ | environment,
        )
        if done.returncode:
            raise compare.Failure(f"mcpstore {' '.join(words[:3])}: {done.stderr.strip()[-300:]}")
        return done.stdout

    def stop(self, processes=None):
        for process in processes if processes is not None else reversed(self.processes):
            common.stop(process)


@contextlib.contextmanager
def bed_with_redis(name, products, binaries):
    """A bed with our programs, built where `binaries` does not name them, and the URL of a Redis of its own. A failure ends the run `name`
    with 3."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not binaries:
        compare.build(products)
    with tempfile.TemporaryDirectory(prefix=f"mcpstore-{os.path.basename(os.path.dirname(name))}-") as scratch:
        bed = Bed(scratch, binaries or os.path.join(ROOT, ".build", "release"))
        redis = compare.Server(scratch)
        try:
            yield bed, redis.url
        except compare.Failure as failure:
            print(f"{name}: {failure}", file=sys.stderr)
            sys.exit(3)
        finally:
            bed.stop()
            redis.stop()


class Path:
    """A way to call the tool `echo`."""

    def __init__(self, url, tool="echo", revision=LEGACY, session="", processes=()):
        self.url, self.tool, self.revision, self.session, self.processes = url, tool, revision, session, list(processes)

    def answers(self):
        """Whether one call is answered with the text that it sent."""
        headers = {"MCP-Protocol-Version": self.revision} | ({"Mcp-Session-Id": self.session} if self.session else {})
        params = {"name": self.tool, "arguments": {"text": "are you there"}}
        if self.revision == MODERN:
            headers |= {"Mcp-Method": "tools/call", "Mcp-Name": self.tool}
            params["_meta"] = {
                "io.modelcontextprotocol/protocolVersion": MODERN,
                "io.modelcontextprotocol/clientInfo": {"name": "wrk", "version": "4"},
                "io.modelcontextprotocol/clientCapabilities": {},
            }
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        status, _, text = post(self.url, call, headers)
        if status != 200 or "are you there" not in text:
            raise ValueError(f"{status} {text[:300]}")
        return True

    def cpu(self):
        """Seconds of CPU time of its processes and those below them."""
        ticks = 0
        for process in self.processes:
            for pid in [process.pid, *common.descendants(process.pid)]:
                with contextlib.suppress(OSError, IndexError, ValueError):
                    with open(f"/proc/{pid}/stat") as file:
                        fields = file.read().rsplit(")", 1)[1].split()
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


class Paths:
    """Starts what the paths need."""

    def __init__(self, bed, redis):
        self.bed, self.redis, self.versions = bed, redis, {}
        self.tool_server = self.gateway = None

    def make(self, name):
        path = getattr(self, name.replace("-", "_"))()
        self.bed.until(f"{name} answers", path.answers, name)
        return path

    def direct(self):
        if not self.tool_server:
            port = free_port()
            process = self.bed.start("direct", [self.bed.program("toolserver"), "--http", str(port)])
            self.tool_server = Path(f"http://127.0.0.1:{port}/mcp", processes=[process])
            self.bed.until("ToolServer answers", self.tool_server.answers, "direct")
        return self.tool_server

    # Ours

    def mcpstore(self):
        self.cluster()
        return Path(f"{self.gateway}/mcp/default/http", processes=self.members)

    def mcpstore_modern(self):
        self.cluster()
        return Path(f"{self.gateway}/mcp/default/http", revision=MODERN, processes=self.members)

    def mcpstore_stdio(self):
        self.cluster()
        return Path(f"{self.gateway}/mcp/default/stdio", processes=self.members)

    def cluster(self):
        """One coordinator, worker and gateway, with a space for each transport."""
        if self.gateway:
            return
        environment = {"MCPSTORE_REDIS_URL": self.redis.url, "MCPSTORE_NAMESPACE": "default", "MCPSTORE_DATASPACE": "http"}
        mcpstore, port = self.bed.program("mcpstore"), free_port()
        self.members = [
            self.bed.start("coordinator", [mcpstore, "coordinator"], environment),
            self.bed.start("worker", [mcpstore, "worker", "--policy", "any", "--concurrency", "128"], environment),
            self.bed.start("mcpstore", [mcpstore, "gateway", "--port", str(port)], environment),
            self.redis.process,
        ]
        servers = {
            "http": {"url": self.direct().url, "concurrency": 128},
            "stdio": {"command": self.bed.program("toolserver"), "args": [], "concurrency": 128},
        }
        for dataspace, entry in servers.items():
            file = os.path.join(self.bed.scratch, f"{dataspace}.json")
            with open(file, "w") as config:
                json.dump({"mcpServers": {"tools": entry}}, config)
            done = subprocess.run(
                [mcpstore, "service", "add", "--from", file, "--wait"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=START_SECONDS, env=os.environ | environment | {"MCPSTORE_DATASPACE": dataspace},
            )
            if done.returncode:
                raise compare.Failure(f"the service was not added: {done.stderr.strip()[-300:]}")
        self.gateway = f"http://127.0.0.1:{port}"

    # Others

    def python(self, name):
        python = compare.environment(name, HERE)
        say = f"import importlib.metadata as m; print(m.version('{PACKAGES[name]}'))"
        self.versions[name] = subprocess.run([python, "-c", say], capture_output=True, text=True, timeout=60).stdout.strip()
        return python

    def mcp_proxy(self):
        return self.with_session(self.bridge("mcp-proxy", []))

    def mcp_proxy_stateless(self):
        return self.bridge("mcp-proxy-stateless", ["--stateless"])

    def bridge(self, name, options):
        """It goes from HTTP to stdio only."""
        program = os.path.join(os.path.dirname(self.python("mcp-proxy")), "mcp-proxy")
        port = free_port()
        command = [program, "--port", str(port), *options, "--log-level", "ERROR", "--", self.bed.program("toolserver")]
        return Path(f"http://127.0.0.1:{port}/mcp/", processes=[self.bed.start(name, command)])

    def with_session(self, path):
        """The path with a session that all calls share."""
        begin = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "wrk", "version": "4"}}

        def opened():
            _, headers, text = post(path.url, {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": begin})
            path.session = headers.get("Mcp-Session-Id") or ""
            if not path.session:
                raise ValueError(f"no session: {text[:200]}")
            return True

        self.bed.until("a session is opened", opened)
        post(path.url, {"jsonrpc": "2.0", "method": "notifications/initialized"}, {"Mcp-Session-Id": path.session})
        return path

    def fastmcp(self):
        port = free_port()
        process = self.bed.start("fastmcp", [self.python("fastmcp"), os.path.join(HERE, "proxy.py"), self.direct().url, str(port)])
        return Path(f"http://127.0.0.1:{port}/mcp", processes=[process])

    def contextforge(self):
        program = os.path.join(os.path.dirname(self.python("contextforge")), "mcpgateway")
        port = free_port()
        environment = {
            "DATABASE_URL": f"sqlite:///{self.bed.scratch}/contextforge.db", "ENVIRONMENT": "development", "LOG_LEVEL": "ERROR",
            # Who calls needs no token, who adds servers does.
            "MCP_REQUIRE_AUTH": "false",
            "JWT_SECRET_KEY": "a-secret-of-this-measurement-0123456789", "AUTH_ENCRYPTION_SECRET": "another-secret-of-it-0123456789abc",
            "PLATFORM_ADMIN_PASSWORD": "Measured-0123!", "BASIC_AUTH_PASSWORD": "Measured-0123!",
            "SSRF_ALLOW_LOCALHOST": "true", "SSRF_ALLOW_PRIVATE_NETWORKS": "true",
            # What it does fastest with.
            "USE_STATEFUL_SESSIONS": "true", "JSON_RESPONSE_ENABLED": "true", "OBSERVABILITY_ENABLED": "false",
            "STRUCTURED_LOGGING_ENABLED": "false", "TOKEN_USAGE_LOGGING_ENABLED": "false", "MCPGATEWAY_UI_ENABLED": "false",
            "MCPGATEWAY_ADMIN_API_ENABLED": "true", "PLUGINS_ENABLED": "false", "CACHE_TYPE": "memory",
            "RATE_LIMITING_ENABLED": "false", "TOOL_RATE_LIMIT": "1000000",
        }
        process = self.bed.start("contextforge", [program, "--port", str(port), "--no-access-log", "--log-level", "error"], environment)
        root = f"http://127.0.0.1:{port}"
        token = subprocess.run(
            [self.python("contextforge"), "-m", "mcpgateway.utils.create_jwt_token", "--username", "admin@example.com", "--admin",
             "--exp", "600", "--secret", environment["JWT_SECRET_KEY"]],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, cwd=self.bed.scratch, env=os.environ | environment,
        ).stdout.strip().splitlines()
        authorization = {"Authorization": f"Bearer {token[-1] if token else ''}"}
        gateway = {"name": "tools", "url": self.direct().url, "transport": "STREAMABLEHTTP", "visibility": "public"}

        def register():
            status, _, text = post(f"{root}/gateways", gateway, authorization, timeout=60)
            if status not in (200, 201, 409):
                raise ValueError(f"{status} {text[:300]}")
            return True

        self.bed.until("ContextForge knows the server", register, "contextforge")
        return self.with_session(Path(f"{root}/mcp/", tool="tools-echo", processes=[process]))


def measure(path, in_flight, seconds):
    """One run of wrk. Only right answers count."""
    environment = dict(
        os.environ, WRK_TOOL=path.tool, WRK_PAYLOAD=str(PAYLOAD), WRK_REVISION=path.revision, WRK_SESSION=path.session,
    )
    before = path.cpu()
    done = subprocess.run(
        ["wrk", "-t", "1", "-c", str(in_flight), "-d", f"{seconds:g}s", "--timeout", "30s", "-s", os.path.join(HERE, "call.lua"),
         path.url],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds + 120, env=environment,
    )
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
    if line is None:
        raise compare.Failure(f"wrk said nothing: {(done.stderr or done.stdout).strip()[-300:]}")
    raw = json.loads(line.removeprefix("RESULT "))
    errors = sum(raw[kind] for kind in ("wrong", "connect", "read", "write", "timeout"))
    cpu = path.cpu() - before
    return {
        "rate": raw["right"] / raw["microseconds"] * 1e6, "p50_us": raw["p50"], "p99_us": raw["p99"], "errors": errors,
        "example": raw["example"], "cpu_us": cpu / raw["right"] * 1e6 if raw["right"] else None,
    }


class Measurement:
    def __init__(self, options, paths):
        self.options, self.paths = options, paths
        self.figures = {name: {1: [], options.in_flight: []} for name in options.only}
        self.failures = {}
        self.began = datetime.datetime.now(datetime.timezone.utc)
        self.load = [os.getloadavg()[0]]

    def run(self):
        made = {}
        for name in self.options.only:
            try:
                made[name] = self.paths.make(name)
                compare.note(f"{name} answers")
            except (compare.Failure, OSError, subprocess.TimeoutExpired) as failure:
                self.failures[name] = str(failure)
                compare.note(f"{name}: {failure}")
        # Warm, so that nothing is started in what is measured.
        for path in made.values():
            measure(path, self.options.in_flight, 1)
        for number in range(1, self.options.rounds + 1):
            # Every other round the other way round, so that who comes first has no advantage.
            for name in list(made)[:: 1 if number % 2 else -1]:
                for in_flight in (1, self.options.in_flight):
                    one = measure(made[name], in_flight, self.options.seconds)
                    self.figures[name][in_flight].append(one)
                    compare.note(
                        f"round {number}, {name}, {in_flight}: {one['rate']:,.0f}/s, p50 {one['p50_us']:,} µs, p99 {one['p99_us']:,} µs, "
                        f"{one['errors']} errors {one['example']}"
                    )
        self.load.append(os.getloadavg()[0])

    def middle(self, name, in_flight, figure):
        values = [one[figure] for one in self.figures.get(name, {}).get(in_flight, []) if one[figure] is not None]
        return statistics.median(values) if values else None

    def ratios(self, name, others):
        """In each round, calls/s through us by those through the fastest of the others."""
        others = [name for name in others if self.figures.get(name, {}).get(self.options.in_flight)]
        ours = self.figures.get(name, {}).get(self.options.in_flight, [])
        if not others:
            return []
        best = [max(self.figures[name][self.options.in_flight][index]["rate"] for name in others) for index in range(len(ours))]
        return [one["rate"] / other for one, other in zip(ours, best) if other]

    def added(self):
        """In each round, the p50 of a lone call through us less that of a direct one, in ms."""
        direct = self.figures.get("direct", {}).get(1, [])
        return [(one["p50_us"] - other["p50_us"]) / 1000 for one, other in zip(self.figures.get("mcpstore", {}).get(1, []), direct)]

    def title(self, name):
        return NAMES[name].format(self.paths.versions.get(name, "")).replace("  ", " ")

    def markdown(self):
        many = self.options.in_flight
        lines = [
            f"Measured on {self.began:%Y-%m-%d %H:%M} UTC by `loadtest/gateways/run`: {os.cpu_count()} cores, Linux {platform.release()}, "
            f"Python {platform.python_version()}; load average {' → '.join(f'{load:.1f}' for load in self.load)}. "
            f"{self.options.seconds:g} s each; medians of {self.options.rounds} rounds, in turn.",
            "",
            f"| path | calls/s, 1 in flight | p50 µs | p99 µs | calls/s, {many} in flight | p50 µs | p99 µs | CPU µs/call | errors |",
            "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        ]
        for name in self.options.only:
            cells = [self.title(name)]
            if name in self.failures:
                cells[0] += f" (**not measured**: {self.failures[name].replace('|', '/').splitlines()[0][:200]})"
            for in_flight in (1, many):
                cells += [compare.whole(self.middle(name, in_flight, figure)) for figure in ("rate", "p50_us", "p99_us")]
            cells.append(compare.whole(self.middle(name, many, "cpu_us")))
            errors = [one["errors"] for runs in self.figures[name].values() for one in runs]
            cells.append(compare.whole(sum(errors)) if errors else "–")
            lines.append(f"| {' | '.join(cells)} |")
        budgets = [
            compare.Budget(
                f"calls/s at {many} in flight, times the fastest gateway that has ToolServer over {how} too", ">=", 5,
                self.ratios(name, EQUALS[name]),
            )
            for name, how in (("mcpstore-stdio", "stdio"), ("mcpstore", "HTTP"))
        ]
        budgets += [
            compare.Budget("p50 that the gateway adds to a lone direct call, ms", "<", 1, self.added()),
        ]
        lines += ["", "| budget | needed | measured (least to most of the rounds) | |", "|---|---:|---:|---|"]
        lines += [budget.row() for budget in budgets]
        if unequal := self.ratios("mcpstore", EQUALS["mcpstore-stdio"]):
            lines += [
                "", f"With ToolServer over HTTP behind ours and over stdio behind `mcp-proxy`: {statistics.median(unequal):.2f} times its "
                f"calls/s at {many} in flight ({min(unequal):.2f} to {max(unequal):.2f}).",
            ]
        return "\n".join(lines) + "\n"

    def document(self):
        return {
            "began": self.began.isoformat(), "cores": os.cpu_count(), "kernel": platform.release(), "load": self.load,
            "versions": self.paths.versions, "figures": self.figures, "failures": self.failures,
        }

    def complete(self):
        return not self.failures and not any(one["errors"] for runs in self.figures.values() for many in runs.values() for one in many)


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not options.bin:
        compare.build(PRODUCTS)
    scratch = tempfile.mkdtemp(prefix="mcpstore-gateways-")
    bed = Bed(scratch, options.bin or os.path.join(ROOT, ".build", "release"))
    redis = None
    try:
        redis = compare.Server(scratch)
        measurement = Measurement(options, Paths(bed, redis))
        try:
            measurement.run()
        finally:
            # Also what an interrupted run has measured.
            if options.json:
                with open(options.json, "w") as file:
                    json.dump(measurement.document(), file, indent=1, ensure_ascii=False)
                    file.write("\n")
        text = measurement.markdown()
        if options.out:
            with open(options.out, "w") as file:
                file.write(text)
        else:
            print(text, end="")
        if not measurement.complete():
            compare.note("Not everything was measured, or not every answer was right; see the table.")
            return 1
        return 0
    finally:
        bed.stop()
        if redis:
            redis.stop()
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
