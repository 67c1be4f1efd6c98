import Foundation
import LocalProcess
import Logging
import MCPStore
import MCPStoreQueue
import MCPStoreRedis
import NIOPosix

/// The processes of `mcpstore up`, from the first start to the last stop.
struct LocalCluster {
    /// How long the calls of a worker may take to finish; shorter than what ``GuardedProcess`` leaves it.
    private static let drainGrace = "5s"

    /// Its own name, so that no service of the user is in the way.
    private static let exampleName = "mcpstore-example"

    private let plan: UpCommand
    private let console = Console.shared
    private let directory: String
    private var processes: [GuardedProcess] = []

    private init(_ plan: UpCommand) throws {
        self.plan = plan
        let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        directory = (executable as NSString).deletingLastPathComponent
    }

    /// Starts everything, shows a call, and stays until the task is cancelled, or with `--once` stops at once.
    static func run(_ plan: UpCommand) async throws {
        var cluster = try LocalCluster(plan)
        do {
            try await cluster.start()
        } catch {
            await cluster.stop()
            if Task.isCancelled { throw CancellationError() }
            throw error
        }
        await cluster.stop()
    }

    private mutating func start() async throws {
        let redis = try await redis()
        try launch("coordinator", ["coordinator"], redis)
        for number in 1...plan.workers {
            try launch("worker-\(number)", ["worker", "--policy", "any", "--drain-grace", Self.drainGrace], redis)
        }
        console.note("Started a coordinator and \(plan.workers.counted("worker")).")

        var logger = Logger(label: "mcpstore") { _ in ConsoleLogHandler(level: .warning, showsTime: false) }
        logger.logLevel = .warning
        let store = try await MCPStore.setup(debug: false, redis: redis.options, logger: logger)
        do {
            try await show(store.forStore(), redis)
            if !plan.once { try await stay() }
        } catch {
            await takeBack(store, redis)
            throw error
        }
        await takeBack(store, redis)
    }

    // MARK: Redis

    private mutating func redis() async throws -> ClusterRedis {
        let environment = ProcessInfo.processInfo.environment
        if let given = ClusterRedis.given(plan.redis, environment: environment) {
            console.note("Using Redis at \(try given.options.redisConfiguration().endpointDescription).")
            return given
        }
        let port = try FreePort.find()
        guard let server = PrivateRedis.command(port: port) else {
            throw CommandFailure(
                status: .noAnswer,
                message: "redis-server is not installed: apt-get install redis-server, or use --redis URL"
            )
        }
        processes.append(try GuardedProcess("redis-server", server, output: outlet("redis-server", quietly: !plan.verbose)))
        let started = ClusterRedis.started(port: port, environment: environment)
        try await waitForRedis(started.url)
        console.note("Started redis-server on 127.0.0.1:\(port).")
        return started
    }

    private func waitForRedis(_ url: String) async throws {
        let configuration = try RedisConfiguration(url: url, socketTimeout: .seconds(10))
        let quiet = Logger(label: "mcpstore") { _ in SwiftLogNoOpLogHandler() }
        let client = RedisClient(
            configuration: configuration,
            name: "up",
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: quiet
        )
        let connection = Task { await client.run() }
        defer { connection.cancel() }
        try await client.waitUntilConnected(timeout: .seconds(10))
    }

    // MARK: Processes

    private mutating func launch(_ name: String, _ arguments: [String], _ redis: ClusterRedis) throws {
        // The URL may hold a password: it travels in the environment, not on the command line.
        let command = ["\(directory)/mcpstore"] + arguments
        processes.append(
            try GuardedProcess(name, command, environment: redis.environment, output: outlet(name, quietly: !plan.verbose))
        )
    }

    private func outlet(_ name: String, quietly: Bool) -> ProcessOutlet {
        ProcessOutlet { line in
            guard !quietly || line.contains("warning:") || line.contains("error:") else { return }
            Console.shared.note("[\(name)] \(line)")
        }
    }

    private func stop() async {
        if !processes.isEmpty { console.note("Stopping …") }
        // Workers first and all at once, so that they can settle what runs; then the coordinator; Redis last.
        let workers = processes.filter { $0.name.hasPrefix("worker-") }
        for worker in workers { worker.release() }
        for worker in workers { await worker.waitUntilExit() }
        for process in processes.reversed() {
            process.release()
            await process.waitUntilExit()
        }
    }

    // MARK: The first call

    private func show(_ store: StoreContext, _ redis: ClusterRedis) async throws {
        let names: [String]
        if let file = plan.mcpConfig {
            names = try await store.addService(file: file, replacing: true).names
        } else {
            names = try await store.addService(json: example, replacing: true).names
        }
        var ready: [String] = []
        for name in names {
            let progress = StartProgress(name)
            defer { progress.finish() }
            do {
                let service = try await store.waitService(name, timeout: .seconds(90)) { [console] service in
                    // On a terminal the status line says what is on the way.
                    if service.isReady || !console.showsStatus {
                        progress.finish()
                        console.note("  \(service.name): \(service.status), \(service.reason)")
                    }
                    progress.show(service)
                }
                ready.append(service.name)
            } catch {
                // The others are shown all the same.
                guard plan.mcpConfig != nil, error.code == .notReady else { throw error }
                console.note("  \(error.message)")
            }
        }
        if plan.mcpConfig == nil {
            let arguments = #"{"text":"Hello from MCPStore"}"#
            let result = try await store.callTool("\(Self.exampleName)_echo", json: Data(arguments.utf8), timeout: .seconds(10))
            show(result, arguments)
        } else {
            let tools = try await store.listTools()
            console.out("Tools: " + tools.map(\.qualifiedName).joined(separator: " "))
        }
        if !plan.once { advise(redis) }
    }

    private var example: Data {
        let configuration: [String: Any] = [
            "mcpServers": [
                Self.exampleName: [
                    "command": "\(directory)/toolserver", "args": [String](), "replicas": plan.workers,
                    "description": "the example MCP server",
                ] as [String: Any]
            ]
        ]
        do { return try JSONSerialization.data(withJSONObject: configuration) } catch { return Data("{}".utf8) }
    }

    private func show(_ result: CallResult, _ arguments: String) {
        let report = result.report
        console.out(
            """
            echo \(arguments)
              answer    \(result.text)
              worker    \(report.worker ?? "-"), service \(report.service), attempt \(report.attempt)
              queued    \(report.queued?.tableText ?? "-")
              run       \(report.run?.tableText ?? "-")
              returned  \(report.returned?.tableText ?? "-")
            """
        )
    }

    private func advise(_ redis: ClusterRedis) {
        console.out(
            """

            The cluster runs until Ctrl-C. In another terminal:
              export MCPSTORE_REDIS_URL=\(redis.shownURL) PATH="\(directory):$PATH"
              mcpstore status
              mcpstore tool list
              mcpstore call add '{"a":2,"b":3}'
              mcpstore service add time -- uvx mcp-server-time && mcpstore service wait time
            """
        )
    }

    /// The example is taken out again where Redis stays.
    private func takeBack(_ store: MCPStore, _ redis: ClusterRedis) async {
        if plan.mcpConfig == nil, !redis.isPrivate {
            // Shielded: also after Ctrl-C.
            await Task { [console] in
                do throws(MCPStoreError) { try await store.forStore().removeService(Self.exampleName) } catch {
                    console.note("The example service '\(Self.exampleName)' was left in Redis: \(error.message)")
                }
            }.value
        }
        await store.close()
    }

    /// Until Ctrl-C, or until a process ends by itself.
    private func stay() async throws {
        let ends = AsyncStream<String>.makeStream()
        for process in processes { process.onExit { ends.continuation.yield(process.name) } }
        for await name in ends.stream {
            throw CommandFailure(status: .noAnswer, message: "\(name) has ended by itself; run again with --verbose to see why")
        }
        throw CancellationError()
    }
}
