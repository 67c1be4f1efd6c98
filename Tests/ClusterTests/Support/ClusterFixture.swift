import Foundation
import Glibc
import Logging
import MCPStore
import MCPStoreRedis
import Synchronization
import TestSupport

/// A cluster of real processes on a Redis of its own: coordinators, workers, and the commands that people type.
///
///     try await withCluster { cluster in
///         try await cluster.add("tools", replicas: 2)
///         let result = try await cluster.command("call", "echo", #"{"text":"hi"}"#)
///         #expect(result.status == 0)
///         cluster.workers[0].signal(SIGKILL)
///     }
///
/// Everything that it starts is gone when `withCluster` returns or throws, and also when the test process dies.
final class ClusterFixture: Sendable {
    /// How a cluster is set up.
    struct Options: Sendable {
        var coordinators = 1
        var workers = 2
        /// `--lease` of the coordinators and workers, such as `3s`; nil for the default of 9 s.
        var lease: String?
        /// More arguments of every worker, such as `["--concurrency", "4"]`.
        var workerArguments: [String] = []
        /// More arguments of every coordinator, such as `["--debug"]`.
        var coordinatorArguments: [String] = []
        /// More environment variables of every process.
        var environment: [String: String] = [:]
        /// Redis itself; an append-only file when it is to be restarted.
        var redis = RedisServer.Options()
    }

    /// A worker or coordinator: a process `mcpstore`.
    final class Member: Sendable {
        /// `worker` or `coordinator`.
        let role: String
        let process: ChildProcess

        init(role: String, process: ChildProcess) {
            self.role = role
            self.process = process
        }

        var processIdentifier: pid_t { self.process.processIdentifier }
        /// What it has logged.
        var log: String { self.process.output }

        /// Sends a signal: SIGKILL for a crash, SIGSTOP and SIGCONT for a machine that is away for a while, SIGTERM for a drain.
        func signal(_ number: Int32) { self.process.signal(number) }

        /// The id that a worker was given at its registration number `registration`, from 0 on.
        func worker(registration: Int = 0, within deadline: Duration = .seconds(30)) async throws -> String {
            let line = try await self.process.line(
                containing: " worker registered ",
                " worker=w-",
                skipping: registration,
                within: deadline
            )
            return try Self.value("worker", in: line)
        }

        /// Waits until a coordinator leads and gives its id (`c-…`).
        func leads(term: Int = 0, within deadline: Duration = .seconds(30)) async throws -> String {
            let line = try await self.process.line(
                containing: "this coordinator leads from now on",
                skipping: term,
                within: deadline
            )
            return try Self.value("coordinator", in: line)
        }

        private static func value(_ key: String, in line: String) throws -> String {
            guard let word = line.split(separator: " ").first(where: { $0.hasPrefix("\(key)=") }) else {
                throw PeerError("no \(key)= in '\(line)'")
            }
            return String(word.dropFirst(key.count + 1))
        }
    }

    /// How a command ended, and what it said.
    struct CommandResult: Sendable, CustomStringConvertible {
        let arguments: [String]
        /// The exit status; 128 and more for a signal.
        let status: Int32
        let output: String
        let error: String

        /// The lines of standard error.
        var errorLines: [String] { self.error.split(separator: "\n").map(String.init) }

        var description: String {
            "mcpstore \(self.arguments.joined(separator: " ")) ended with \(self.status)\nstdout: \(self.output)\nstderr: \(self.error)"
        }

        /// Standard output as JSON.
        /// - Throws: when it is anything else.
        func json() throws -> JSONValue {
            do {
                return try JSONValue(parsing: Data(self.output.utf8))
            } catch {
                throw PeerError("no JSON on standard output (\(error)): \(self)")
            }
        }
    }

    let redis: RedisServer
    /// What every process is told of where Redis is: the server itself, or Sentinels.
    let redisURL: String
    private let ownsRedis: Bool
    let options: Options
    /// For files of the test; removed with the cluster.
    let directory: TemporaryDirectory
    let namespace = "default"
    let dataspace = "default"

    /// The prefix of the keys of the services.
    var space: String { "\(self.namespace):\(self.dataspace)" }
    /// The prefix of the keys that workers and coordinators share.
    let pool = "mcpstore:default"

    private struct State {
        var workers: [Member] = []
        var coordinators: [Member] = []
        var stores: [MCPStore] = []
        var commands = 0
    }

    private let state = Mutex(State())

    fileprivate init(redis: RedisServer, url: String? = nil, options: Options) throws {
        self.redis = redis
        self.redisURL = url ?? redis.url
        self.ownsRedis = url == nil
        self.options = options
        self.directory = try TemporaryDirectory("cluster")
    }

    /// The workers that were started, the dead ones too, in the order of their start.
    var workers: [Member] { self.state.withLock { $0.workers } }
    /// The same of the coordinators.
    var coordinators: [Member] { self.state.withLock { $0.coordinators } }

    // MARK: Processes

    /// Starts one more worker; it need not be registered yet.
    @discardableResult
    func startWorker(_ arguments: [String] = []) throws -> Member {
        let lease: [String] = self.options.lease.map { ["--lease", $0] } ?? []
        let worker = try self.start("worker", ["--policy", "any"] + lease + self.options.workerArguments + arguments)
        self.state.withLock { $0.workers.append(worker) }
        return worker
    }

    /// Starts one more coordinator; it need not lead yet.
    @discardableResult
    func startCoordinator() throws -> Member {
        let lease: [String] = self.options.lease.map { ["--lease", $0, "--worker-lease", $0] } ?? []
        let coordinator = try self.start("coordinator", lease + self.options.coordinatorArguments)
        self.state.withLock { $0.coordinators.append(coordinator) }
        return coordinator
    }

    private func start(_ role: String, _ arguments: [String]) throws -> Member {
        let process = try ChildProcess.start(
            [BuiltProduct.path(of: "mcpstore"), role] + arguments,
            environment: self.environment
        )
        return Member(role: role, process: process)
    }

    fileprivate func startAll() async throws {
        for _ in 0..<self.options.coordinators { try self.startCoordinator() }
        for _ in 0..<self.options.workers { try self.startWorker() }
        for worker in self.workers { _ = try await worker.worker() }
    }

    /// Ends all: the stores of the test, its workers and coordinators, Redis.
    fileprivate func stop() async {
        let (stores, members) = self.state.withLock { ($0.stores, $0.workers + $0.coordinators) }
        for store in stores { await store.close() }
        await withTaskGroup(of: Void.self) { group in
            for member in members {
                // One that is stopped would never see the SIGTERM.
                member.signal(SIGCONT)
                group.addTask { await member.process.stop() }
            }
        }
        if self.ownsRedis {
            await self.redis.kill()
            self.redis.directory.remove()
        }
        self.directory.remove()
    }

    // MARK: Commands

    /// What tells every process where Redis is and which data is meant.
    var environment: [String: String] {
        [
            "MCPSTORE_REDIS_URL": self.redisURL, "MCPSTORE_NAMESPACE": self.namespace,
            "MCPSTORE_DATASPACE": self.dataspace,
        ].merging(self.options.environment) { $1 }
    }

    /// Runs `mcpstore` with `arguments` to its end.
    /// - Parameters:
    ///   - input: what it reads from its standard input; /dev/null without it.
    ///   - environment: more variables.
    func command(
        _ arguments: String...,
        input: String? = nil,
        environment: [String: String] = [:],
        within deadline: Duration = .seconds(60)
    ) async throws -> CommandResult {
        try await self.command(arguments, input: input, environment: environment, within: deadline)
    }

    /// The same with a list of arguments.
    func command(
        _ arguments: [String],
        input: String? = nil,
        environment: [String: String] = [:],
        within deadline: Duration = .seconds(60)
    ) async throws -> CommandResult {
        let running = try self.begin(arguments, hasInput: input != nil, environment: environment)
        if let input {
            try running.process.write(input)
            running.process.closeInput()
        }
        return try await running.result(within: deadline)
    }

    /// A command that runs beside the test.
    struct RunningCommand: Sendable {
        let arguments: [String]
        let process: ChildProcess
        fileprivate let errorFile: String

        /// What it has written to standard error so far.
        var errorSoFar: String {
            String(decoding: FileManager.default.contents(atPath: self.errorFile) ?? Data(), as: UTF8.self)
        }

        /// Waits for its end.
        /// - Throws: ``PeerError`` when it runs on for longer than `deadline`; it is then killed.
        func result(within deadline: Duration = .seconds(60)) async throws -> CommandResult {
            let status: Int32
            do {
                switch try await self.process.exit(within: deadline) {
                case .exited(let code): status = code
                case .signaled(let number): status = 128 + number
                }
            } catch {
                self.process.signal(SIGKILL)
                throw PeerError("mcpstore \(self.arguments.joined(separator: " ")) hangs: \(error)")
            }
            let error = try String(contentsOfFile: self.errorFile, encoding: .utf8)
            return CommandResult(arguments: self.arguments, status: status, output: self.process.output, error: error)
        }
    }

    /// Starts `mcpstore` with `arguments`.
    func begin(
        _ arguments: [String],
        hasInput: Bool = false,
        environment: [String: String] = [:]
    ) throws -> RunningCommand {
        let number = self.state.withLock { state in
            state.commands += 1
            return state.commands
        }
        let file = "\(self.directory.path)/stderr-\(number)"
        // A child's two streams are one; the shell sends its errors into a file of their own and becomes the command.
        let shell = ["/bin/sh", "-c", #"exec "$@" 2>"$CLUSTER_STDERR""#, "sh", BuiltProduct.path(of: "mcpstore")]
        let variables = self.environment.merging(["CLUSTER_STDERR": file]) { $1 }.merging(environment) { $1 }
        let process = try ChildProcess.start(shell + arguments, environment: variables, hasInput: hasInput)
        return RunningCommand(arguments: arguments, process: process, errorFile: file)
    }

    // MARK: Services and stores

    /// Adds a service with `mcpstore service add` and waits until it is ready.
    /// - Parameters:
    ///   - command: the server and its arguments; our `toolserver` without it.
    ///   - options: options of `service add`, such as `["--retry", "always"]`.
    func add(_ name: String, _ command: [String]? = nil, replicas: Int? = nil, options: [String] = []) async throws {
        let count: [String] = replicas.map { ["--replicas", "\($0)"] } ?? []
        let server: [String] = command ?? [BuiltProduct.path(of: "toolserver")]
        try await self.succeed(["service", "add", name] + count + options + ["--"] + server)
        try await self.waitService(name)
    }

    /// Adds a service that is reached over HTTP, and waits until it is ready.
    func add(_ name: String, url: String, replicas: Int? = nil, options: [String] = []) async throws {
        let count: [String] = replicas.map { ["--replicas", "\($0)"] } ?? []
        try await self.succeed(["service", "add", name, "--url", url] + count + options)
        try await self.waitService(name)
    }

    /// Waits until a service answers calls; gives what `service wait --json` prints.
    @discardableResult
    func waitService(_ name: String, timeout: String = "60s") async throws -> JSONValue {
        try await self.succeed(["service", "wait", name, "--timeout", timeout, "--json"]).json()
    }

    /// Runs a command that must succeed.
    @discardableResult
    func succeed(_ arguments: [String], input: String? = nil) async throws -> CommandResult {
        let result = try await self.command(arguments, input: input, within: .seconds(90))
        guard result.status == 0 else {
            let logs = (self.workers + self.coordinators).map { "[\($0.role) \($0.processIdentifier)]\n\($0.log)" }
            throw PeerError("\(result)\n\(logs.joined(separator: "\n"))")
        }
        return result
    }

    /// Opens a store in the test process; it is closed with the cluster.
    func openStore(socketTimeout: Duration = .seconds(5)) async throws -> MCPStore {
        let options = RedisOptions(
            url: self.redisURL,
            namespace: self.namespace,
            dataspace: self.dataspace,
            socketTimeout: socketTimeout,
            embedded: false
        )
        let store = try await MCPStore.setup(redis: options, logger: .quiet)
        self.state.withLock { $0.stores.append(store) }
        return store
    }

    /// Runs `body` with a plain connection to the cluster's Redis.
    func withRedis<R>(_ body: (RedisClient) async throws -> R) async throws -> R {
        try await withRedisClient(try RedisConfiguration(url: self.redisURL, socketTimeout: .seconds(10)), body)
    }
}

/// Runs `body` with a cluster whose workers are registered, and ends all of it afterwards.
/// - Parameter sentinels: finds Redis through these, with this query of the URL, instead of a Redis of its own.
func withCluster<R>(
    _ options: ClusterFixture.Options = .init(),
    sentinels: (setup: SentinelSetup, query: String)? = nil,
    _ body: (ClusterFixture) async throws -> R
) async throws -> R {
    let redis: RedisServer
    if let sentinels { redis = sentinels.setup.servers[0] } else { redis = try await RedisServer.start(options.redis) }
    let url = sentinels.map { $0.setup.url(query: $0.query) }
    let cluster = try ClusterFixture(redis: redis, url: url, options: options)
    do {
        try await cluster.startAll()
        let result = try await body(cluster)
        await cluster.stop()
        return result
    } catch {
        await cluster.stop()
        throw error
    }
}
