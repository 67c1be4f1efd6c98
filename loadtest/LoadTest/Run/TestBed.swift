import Foundation
import Glibc
import LoadDriver
import LocalProcess
import Logging
import MCPStore
import MCPStoreProtocol
import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// What a scenario needs to run: Redis, coordinator and workers in processes of their own, and services.
///
/// Cluster and namespaces have names of their own, so that a Redis that is given may be used by others at the same time. The
/// processes run under the guardian: they end with this one, however it ends.
actor TestBed {
    private static let readyWithin = Duration.seconds(60)
    /// Jobs of which the memory is measured.
    private static let queuedJobs = 20_000
    /// Parameters of so many bytes are queued for it at most, and sent at once.
    private static let queuedBytes = (all: 128 << 20, atOnce: 8 << 20)

    let redis: String
    let address: FloorAddress
    private let scenario: Scenario
    private let services: Int
    private let work: Int
    private let name: String
    private let directory: String
    private let logger: Logger
    private let report: @Sendable (String) -> Void
    private var processes: [GuardedProcess] = []
    private let isStopping = NIOLockedValueBox(false)
    private let ownRedis: OwnRedis?
    private var toolNames: [String] = []
    /// Lets go of what was opened to make calls.
    private var closings: [@Sendable () async -> Void] = []
    private(set) var bytesPerQueuedJob: Double?

    /// Starts a Redis where none is given.
    ///
    /// - Parameters:
    ///   - services: Whose lanes the no-op workers read in each space. Calls go to the first.
    ///   - work: How long a no-op worker takes for a call, in milliseconds.
    ///   - report: Gets what the processes complain about.
    /// - Throws: ``LoadTestError`` where something is missing or Redis cannot be reached.
    init(
        _ scenario: Scenario,
        redis given: String?,
        services: Int = 1,
        work: Int = 0,
        report: @escaping @Sendable (String) -> Void
    ) async throws {
        self.scenario = scenario
        self.services = services
        self.work = work
        self.report = report
        name = "loadtest-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        directory = (executable as NSString).deletingLastPathComponent
        var logger = Logger(label: "loadtest") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        self.logger = logger
        if let given {
            redis = given
            address = try FloorAddress(given)
            ownRedis = nil
            _ = try HiredisConnection(address)
        } else {
            let own = try await OwnRedis.start()
            (redis, address, ownRedis) = (own.url, own.address, own)
        }
    }

    // MARK: Starting

    /// Starts what the scenario needs, and connects to what it calls.
    ///
    /// Whatever comes of it, ``stop()`` has to be called.
    func start() async throws -> any LoadTarget {
        switch scenario.target {
        case .queue: return try await startQueue()
        case .store: return try await startStore()
        case .gateway:
            _ = try await startStore()
            return try await startGateway()
        case .direct:
            let target = try await DirectTarget.open(serverConfiguration(try await startServer()), logger: logger)
            closings.append { await target.close() }
            return target
        }
    }

    private var largestPayload: Int { max(scenario.mix.map(\.payload).max() ?? 0, 1) }

    private var tenants: Int { scenario.mix.map(\.tenants).max() ?? 1 }

    /// One for each tenant.
    private var spaces: [Space] {
        get throws {
            try (0..<tenants).map { tenant in
                try Space(namespace: tenants == 1 ? name : "\(name)-t\(tenant)", dataspace: "default")
            }
        }
    }

    private func startQueue() async throws -> any LoadTarget {
        let spaces = try spaces
        let target = try await QueueTarget(try RedisConfiguration(url: redis), spaces: spaces, logger: logger)
        closings.append { await target.close() }
        toolNames = [QueueTarget.tool]
        if let space = spaces.first { bytesPerQueuedJob = try await measureQueuedJobs(in: space) }
        try launchCoordinators()
        let arguments =
            ["noop-worker", "--cluster", name, "--slots", "\(scenario.slots)", "--services", "\(services)"]
            + (work > 0 ? ["--ms", "\(work)"] : [])
            + spaces.flatMap { ["--space", "\($0)"] }
        for number in 1...scenario.workers { try launch("worker-\(number)", "loadtest", arguments) }
        try await waitForWorkers()
        let lanes = services * spaces.count * Lane.allCases.count
        try await eventually("the workers have opened \(lanes) lanes") {
            let control = try HiredisConnection(self.address)
            return try self.workerIDs(control).allSatisfy {
                try control.call("SCARD", self.pool().streams($0)).value.integer == lanes
            }
        }
        target.rings(try workerIDs(try HiredisConnection(address)), in: try pool())
        return target
    }

    private func startStore() async throws -> any LoadTarget {
        try launchCoordinators()
        for number in 1...scenario.workers {
            let arguments = ["worker", "--policy", "any", "--concurrency", "\(scenario.slots)", "--drain-grace", "2s"]
            try launch("worker-\(number)", "mcpstore", arguments)
        }
        try await waitForWorkers()
        let entry = try serviceEntry(try await startServer())
        var stores: [MCPStore] = []
        for space in try spaces {
            let options = RedisOptions(
                url: redis,
                namespace: space.namespace,
                dataspace: space.dataspace,
                cluster: name,
                embedded: false
            )
            let store = try await MCPStore.setup(redis: options, logger: logger)
            stores.append(store)
            closings.append { await store.close() }
            try await store.forStore().addService(["mcpServers": [Self.service: entry]])
        }
        for store in stores {
            let service = try await store.forStore().waitService(Self.service, timeout: Self.readyWithin)
            guard service.workers.count < scenario.workers else { continue }
            try await eventually("\(scenario.workers) workers host the service") {
                try await store.forStore().listServices().first?.workers.count == self.scenario.workers
            }
        }
        return StoreTarget(stores)
    }

    /// Starts a gateway before the services that are there, and opens a session of each space with it.
    private func startGateway() async throws -> any LoadTarget {
        let port = try FreePort.find()
        try launch("gateway", "mcpstore", ["gateway", "--port", "\(port)"])
        try await eventually("the gateway listens on port \(port)") { Self.listens(port) }
        var tenants: [DirectTarget] = []
        for space in try spaces {
            let url = "http://127.0.0.1:\(port)/mcp/\(space.namespace)/\(space.dataspace)"
            let target = try await DirectTarget.open(ServerConfiguration(transport: .http(HTTPServer(url: url))), logger: logger)
            closings.append { await target.close() }
            tenants.append(target)
        }
        return GatewayTarget(tenants)
    }

    private static let service = "toolserver"
    private static var eventLoop: any EventLoop { MultiThreadedEventLoopGroup.singleton.next() }

    private func serviceEntry(_ url: String?) throws -> JSONValue {
        var entry: [String: JSONValue] = [
            "concurrency": .integer(scenario.server?.concurrency ?? scenario.slots), "replicas": .integer(scenario.workers),
            "placement": "cluster",
        ]
        if let url {
            entry["url"] = .string(url)
        } else {
            entry["command"] = .string(try executable("toolserver"))
            entry["args"] = .array((scenario.server?.arguments ?? []).map { .string($0) })
        }
        return .object(entry)
    }

    private func serverConfiguration(_ url: String?) throws -> ServerConfiguration {
        guard let url else {
            let server = StdioServer(command: try executable("toolserver"), arguments: scenario.server?.arguments ?? [])
            return ServerConfiguration(transport: .stdio(server))
        }
        return ServerConfiguration(transport: .http(HTTPServer(url: url)))
    }

    /// Starts the MCP server where it is one of its own, over HTTP.
    ///
    /// - Returns: Its URL; `nil` over stdio, where workers start it.
    private func startServer() async throws -> String? {
        guard scenario.server?.transport == .http else { return nil }
        let port = try FreePort.find()
        try launch("toolserver", "toolserver", ["--http", "\(port)"] + (scenario.server?.arguments ?? []))
        try await eventually("the MCP server listens on port \(port)") { Self.listens(port) }
        return "http://127.0.0.1:\(port)/mcp"
    }

    private static func listens(_ port: Int) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private func launchCoordinators() throws {
        guard scenario.coordinators > 0 else { return }
        for number in 1...scenario.coordinators { try launch("coordinator-\(number)", "mcpstore", ["coordinator"]) }
    }

    private func launch(_ process: String, _ program: String, _ arguments: [String]) throws {
        // The URL may hold a password: it travels in the environment, not on the command line.
        let environment: [String: String?] = [
            EnvironmentRedis.variable: redis, "MCPSTORE_REDIS_PASSWORD": nil, "MCPSTORE_CLUSTER": name,
            "MCPSTORE_NAMESPACE": nil, "MCPSTORE_DATASPACE": nil,
        ]
        let outlet = ProcessOutlet { [report] line in
            if line.contains("error:") || line.contains("Fatal") { report("[\(process)] \(line)") }
        }
        let command = [try executable(program)] + arguments
        let started = try GuardedProcess(process, command, environment: environment, output: outlet)
        processes.append(started)
        started.onExit { [report, isStopping] in
            if !isStopping.withLockedValue({ $0 }) { report("[\(process)] ended before the run did") }
        }
    }

    private func executable(_ program: String) throws -> String {
        let path = "\(directory)/\(program)"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            let build = directory.hasSuffix("release") ? "cluster/build" : "swift build --product"
            throw LoadTestError("\(path) is missing: \(build) \(program)")
        }
        return path
    }

    private func waitForWorkers() async throws {
        try await eventually("\(scenario.workers) workers have registered") { try self.workers().count == self.scenario.workers }
    }

    private func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + Self.readyWithin
        while true {
            if try await condition() { return }
            guard ContinuousClock.now < end else { throw LoadTestError("not within 60 s: \(what)") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    // MARK: Looking

    private func pool() throws -> Pool { try Pool(cluster: name) }

    /// The process ids of the workers, from their registrations.
    private func workers() throws -> [Int] {
        let control = try HiredisConnection(address)
        return try workerIDs(control).compactMap { Int(try control.call("HGET", pool().worker($0), "pid").value.text) }
    }

    private func workerIDs(_ control: HiredisConnection) throws -> [String] {
        let ids = try control.call("ZRANGE", pool().leases, "0", "-1").value
        return (0..<ids.count).map { ids[$0].text }
    }

    /// What Redis and the workers have used until now.
    func usage() throws -> Usage {
        let control = try HiredisConnection(address)
        let processes = try workers().compactMap { id in ProcessUsage(id).map { (id, $0) } }
        return Usage(redis: try RedisUsage(control), workers: Dictionary(processes) { first, _ in first })
    }

    /// What waits in the lanes of all tenants; `nil` for a target without lanes.
    func queueDepth() throws -> QueueDepth? {
        guard scenario.target != .direct else { return nil }
        let service = scenario.target == .queue ? QueueTarget.service : Self.service
        return QueueDepth(
            lanes: try spaces.flatMap { space in Lane.allCases.map { SpaceKeys(space).jobs(service, $0) } },
            connection: try HiredisConnection(address)
        )
    }

    /// Waits until no call is queued or running any more.
    ///
    /// - Throws: ``LoadTestError`` after a minute.
    func waitUntilEmpty() async throws {
        guard let depth = try queueDepth() else { return }
        try await eventually("the calls that were not answered have left the queue") { try depth.read() == 0 }
    }

    private func measureQueuedJobs(in space: Space) async throws -> Double {
        let control = try HiredisConnection(address)
        let lane = LaneID(service: ServiceID(space: space, name: QueueTarget.service), lane: .interactive)
        let count = max(min(Self.queuedJobs, Self.queuedBytes.all / largestPayload), 1)
        let before = try RedisUsage.memory(control)
        try await queueJobs(count, in: lane)
        let after = try RedisUsage.memory(control)
        _ = try control.call("DEL", lane.key)
        return Double(after - before) / Double(count)
    }

    /// Makes the Redis as full as a step of ``GrowthCommand`` says.
    func fill(_ step: GrowthStep) async throws {
        if step.queuedJobs > 0, let space = try spaces.first {
            let parked = ServiceID(space: space, name: "parked")
            try await queueJobs(step.queuedJobs, in: LaneID(service: parked, lane: .interactive))
        }
        let keys = step.unrelatedKeys
        try await withClient { client in
            for start in stride(from: 0, to: keys, by: 1000) {
                let commands = (start..<min(start + 1000, keys)).map { RedisCommand("SET", "unrelated:\($0)", "value") }
                for result in await client.pipeline(commands) { _ = try result.get() }
            }
        }
    }

    /// Queues jobs of a tenant of which nobody awaits the outcome.
    func queue(_ count: Int, ofTenant tenant: Int, lane: Lane) async throws {
        try await queueJobs(
            count,
            in: LaneID(service: ServiceID(space: try spaces[tenant], name: QueueTarget.service), lane: lane)
        )
    }

    /// What is queued or runs of a tenant.
    func queued(ofTenant tenant: Int) throws -> Int {
        let control = try HiredisConnection(address)
        let keys = SpaceKeys(try spaces[tenant])
        return try Lane.allCases.reduce(0) {
            $0 + (try control.call("XLEN", keys.jobs(QueueTarget.service, $1)).value.integer)
        }
    }

    /// Fills a lane.
    private func queueJobs(_ count: Int, in lane: LaneID) async throws {
        let (name, scenario, largestPayload) = (name, scenario, largestPayload)
        try await withClient { client in
            do {
                _ = try await client.execute(RedisCommand("XGROUP", "CREATE", lane.key, JobGroup.name, "0", "MKSTREAM"))
            } catch let error as RedisError where error.serverCode == "BUSYGROUP" {
                // A worker has made it.
            }
            let payloads = Payloads(tool: QueueTarget.tool)
            var mix = LoadMix(scenario.mix, seed: scenario.seed)
            let atOnce = max(min(1000, Self.queuedBytes.atOnce / largestPayload), 1)
            for start in stride(from: 0, to: count, by: atOnce) {
                let commands = (start..<min(start + atOnce, count)).map { number in
                    RedisJobQueue.submission(
                        of: Job(
                            id: "\(name)-\(String(number, radix: 36))",
                            service: lane.service,
                            lane: lane.lane,
                            name: QueueTarget.tool,
                            parameters: payloads.parameters(of: mix.next()),
                            inbox: name,
                            submitted: 1_800_000_000_000_000
                        )
                    )
                }
                for result in await client.pipeline(commands) { _ = try result.get() }
            }
        }
    }

    private func withClient(_ body: (RedisClient) async throws -> Void) async throws {
        let configuration = try RedisConfiguration(url: redis)
        let client = RedisClient(configuration: configuration, name: "loadtest", eventLoop: Self.eventLoop, logger: logger)
        let connection = Task { await client.run() }
        defer { connection.cancel() }
        try await body(client)
    }

    // MARK: Ending

    /// Stops everything and removes the keys. What fails on the way is reported, and does not keep the rest from being done.
    func stop() async {
        isStopping.withLockedValue { $0 = true }
        for close in closings { await close() }
        // Workers first, so that they settle what runs and leave; then coordinators and servers.
        for process in processes where process.name.hasPrefix("worker") { process.release() }
        for process in processes where process.name.hasPrefix("worker") { await process.waitUntilExit() }
        for process in processes { process.release() }
        for process in processes { await process.waitUntilExit() }
        if let ownRedis { return await ownRedis.stop() }
        do { try removeKeys() } catch { report("the keys of \(name) were not removed: \(error)") }
    }

    private func removeKeys() throws {
        let control = try HiredisConnection(address)
        let pool = try pool()
        var gone = [pool.leases, pool.expired, pool.leader, pool.leaderToken, pool.events, pool.spaces, pool.placement]
        for id in try workerIDs(control) {
            gone += [pool.worker(id), pool.streams(id), pool.services(id), pool.control(id), pool.ring(id)]
        }
        let service = scenario.target == .queue ? QueueTarget.service : Self.service
        for space in try spaces {
            let keys = SpaceKeys(space)
            let tools = try control.call("HKEYS", keys.tools).value
            for tool in (0..<tools.count).map({ tools[$0].text }) + toolNames {
                gone += [keys.info(toolKey: tool), keys.stats(toolKey: tool)]
            }
            gone += keys.single
            gone += [keys.config(service), keys.cache(service), keys.state(service), keys.serviceStats(service)]
            gone += Lane.allCases.map { keys.jobs(service, $0) }
        }
        for key in gone { _ = try control.call("UNLINK", key) }
    }
}
