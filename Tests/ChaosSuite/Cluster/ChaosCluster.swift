import Foundation
import Glibc
import LoadDriver
import MCPStoreRedis
import TestSupport

/// The cluster that is broken: Redis, coordinators, workers, callers, each a process of its own. Each has a slot; what is killed is
/// started again in its slot. All of them end with this process.
actor ChaosCluster {
    nonisolated let plan: ClusterPlan
    nonisolated let redis: RedisServer
    /// Between Redis and the first worker and the first caller.
    nonisolated let proxy: TCPProxy
    /// Ledgers, records and logs.
    nonisolated let directory: String
    private nonisolated let clock: ClockShim?
    /// `mcpstore` of another version.
    private nonisolated let otherVersion: String?
    /// Where the gateways listen, also the ones that are started anew.
    private nonisolated let ports: [Int]
    /// What callers call that do not call everything, by their slot.
    private var servicesOfCallers: [Int: [String]] = [:]
    /// Slots whose workers are of the other version.
    private var updated: Set<Int> = []
    private var slots: [Member.Role: [Member]] = [:]
    /// How often something was started in each slot.
    private var starts: [String: Int] = [:]
    /// Callers by the name of their ledger, with whether they were killed.
    private(set) var ledgers: [String: Bool] = [:]

    init(_ plan: ClusterPlan, directory: String) async throws {
        self.plan = plan
        self.directory = directory
        for folder in ["ledgers", "records", "logs"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(folder)", withIntermediateDirectories: true)
        }
        var options = RedisServer.Options()
        options.appendOnly = true
        // The log tells all that ever happened as long as it is not rewritten.
        options.arguments = ["--appendfsync", plan.appendfsync, "--auto-aof-rewrite-percentage", "0"]
        if plan.appendfsync != "always" { options.arguments += ["--aof-timestamp-enabled", "yes"] }
        for service in plan.services {
            try FileManager.default.createDirectory(
                atPath: "\(directory)/orders/\(service.name)",
                withIntermediateDirectories: true
            )
        }
        clock = try await plan.faults.contains("skew-clock") ? ClockShim(in: directory) : nil
        otherVersion = try plan.faults.contains("rolling") ? OtherVersion.make(in: directory) : nil
        ports = try (0..<plan.gateways).map { _ in try freePort() }
        redis = try await RedisServer.start(options)
        proxy = try await TCPProxy.start(to: redis.port)
    }

    // MARK: Processes

    func count(_ role: Member.Role) -> Int { slots[role]?.count ?? 0 }

    /// The process that is or was last in a slot.
    func member(_ role: Member.Role, _ slot: Int) -> Member? { slots[role].flatMap { slot < $0.count ? $0[slot] : nil } }

    func members(_ role: Member.Role) -> [Member] { slots[role] ?? [] }

    /// A slot to break.
    func pick(_ role: Member.Role, _ random: inout SeededGenerator) -> Int { Int.random(in: 0..<count(role), using: &random) }

    /// Starts a process in a slot whose process has ended, or in the next one.
    func start(_ role: Member.Role, _ slot: Int) throws {
        let key = "\(role.rawValue)-\(slot + 1)"
        let number = starts[key, default: 0] + 1
        starts[key] = number
        let name = "\(key).\(number)"
        let command = try command(role, slot, name)
        var environment = [
            "MCPSTORE_REDIS_URL": url(role, slot), "MCPSTORE_NAMESPACE": plan.namespace, "MCPSTORE_DATASPACE": "default",
            "MCPSTORE_GUARDIAN": BuiltProduct.path(of: "mcpstore-guardian"),
        ]
        if let clock { environment.merge(try clock.environment(of: key)) { $1 } }
        let process = try ChildProcess.start(command, environment: environment, hasInput: role == .caller)
        let member = Member(name: name, process: process)
        if role == .caller { ledgers[name] = false }
        if slot < count(role) { slots[role]?[slot] = member } else { slots[role, default: []].append(member) }
    }

    /// Where a process finds Redis.
    private func url(_ role: Member.Role, _ slot: Int) -> String {
        slot == 0 && role != .coordinator ? "redis://127.0.0.1:\(proxy.port)" : redis.url
    }

    private func command(_ role: Member.Role, _ slot: Int, _ name: String) throws -> [String] {
        let lease = "\(plan.lease)s"
        switch role {
        case .coordinator:
            return [BuiltProduct.path(of: "mcpstore"), "coordinator", "--lease", lease, "--worker-lease", lease]
        case .worker:
            let program = updated.contains(slot) ? otherVersion : nil
            return [
                program ?? BuiltProduct.path(of: "mcpstore"), "worker", "--policy", "any", "--lease", lease, "--concurrency",
                "64",
            ]
        case .gateway:
            return [BuiltProduct.path(of: "mcpstore"), "gateway", "--port", "\(ports[slot])"]
        case .caller:
            // Each start has other ids, and calls of its own.
            let seed = plan.seed &* 1_000_003 &+ UInt64(slot) &* 1009 &+ UInt64(starts["caller-\(slot + 1)"] ?? 0)
            var command = [
                BuiltProduct.path(of: "ChaosSuite"), "caller", "--ledger", "\(directory)/ledgers/\(name)", "--prefix", name,
                "--seed", "\(seed)", "--shared", "\(plan.seed)", "--concurrency", "\(plan.concurrency)", "--namespace",
                plan.namespace,
            ]
            if plan.usesGateways(slot) {
                for port in ports { command += ["--gateway", "http://127.0.0.1:\(port)"] }
            } else {
                command += ["--redis", url(role, slot)]
            }
            for service in servicesOfCallers[slot] ?? plan.services.map(\.name) { command += ["--service", service] }
            if let calls = plan.calls { command += ["--calls", "\(calls)"] }
            if let rate = plan.rate { command += ["--rate", "\(rate)"] }
            return command
        }
    }

    /// Ends a process as a crash does.
    func kill(_ role: Member.Role, _ slot: Int) async throws {
        guard let member = member(role, slot) else { return }
        if role == .caller { ledgers[member.name] = true }
        slots[role]?[slot].wasKilled = true
        member.process.signal(SIGKILL)
        try await member.process.exit(within: .seconds(20))
        try keepLog(of: member)
    }

    /// Asks a process to leave, and waits until it has.
    func drain(_ role: Member.Role, _ slot: Int) async throws {
        guard let member = member(role, slot) else { return }
        member.process.signal(SIGTERM)
        let status = try await member.process.exit(within: .seconds(60))
        try keepLog(of: member)
        // One that another fault has only just started is ended by the signal itself: it has nothing to drain yet.
        if status == .signaled(SIGTERM), !Self.listensToSignals(member, role) { return }
        guard status == .exited(0) else { throw ChaosError("\(member.name) left with \(status) after SIGTERM") }
    }

    /// What the next caller in this slot calls, and nothing else.
    func setServices(_ services: [String], ofCaller slot: Int) { servicesOfCallers[slot] = services }

    /// The slot of the worker that was given this id last.
    func slot(ofWorker id: String) -> Int? {
        members(.worker).firstIndex { $0.process.isRunning && Self.registration(in: $0.process.output) == id }
    }

    /// The next worker in this slot is of the version of which the present one is not.
    func changeVersion(_ slot: Int) { if updated.remove(slot) == nil { updated.insert(slot) } }

    /// Moves the wall clock of whatever runs in a slot.
    nonisolated func setClock(_ role: Member.Role, _ slot: Int, _ seconds: Int) throws {
        guard let clock else { throw ChaosError("the plan has no skew-clock, so that clocks cannot be moved") }
        try clock.set("\(role.rawValue)-\(slot + 1)", to: seconds)
    }

    func signal(_ role: Member.Role, _ slot: Int, _ number: Int32) { member(role, slot)?.process.signal(number) }

    private func keepLog(of member: Member) throws {
        try member.process.output.write(toFile: "\(directory)/logs/\(member.name)", atomically: false, encoding: .utf8)
    }

    /// Writes what all processes have logged into files.
    func keepLogs() throws {
        for member in slots.values.joined() { try keepLog(of: member) }
        try redis.log.write(toFile: "\(directory)/logs/redis", atomically: false, encoding: .utf8)
    }

    // MARK: Ends

    /// Tells the callers to make no more calls, and waits until those that they have made are over.
    ///
    /// - Returns: The names of those that did not end in time; they are killed.
    func endCallers() async -> [String] {
        var hanging: [String] = []
        for caller in members(.caller) { caller.process.closeInput() }
        for caller in members(.caller) where caller.process.isRunning {
            do { _ = try await caller.process.exit(within: .seconds(60)) } catch {
                hanging.append(caller.name)
                caller.process.signal(SIGKILL)
            }
        }
        return hanging
    }

    /// Whether a process has said that it runs.
    private static func listensToSignals(_ member: Member, _ role: Member.Role) -> Bool {
        let log = member.process.output
        return role == .worker ? registration(in: log) != nil : log.contains("the gateway listens")
    }

    /// Asks the gateways to leave.
    ///
    /// - Returns: Those that did not, or not in good order.
    func endGateways() async -> [String] {
        var hanging: [String] = []
        for slot in 0..<count(.gateway) {
            do { try await drain(.gateway, slot) } catch { hanging.append("\(member(.gateway, slot)?.name ?? ""): \(error)") }
        }
        return hanging
    }

    /// Asks workers and coordinators to leave.
    func endServers() async {
        for role in [Member.Role.worker, .coordinator] {
            for member in members(role) { member.process.signal(SIGTERM) }
            for member in members(role) where member.process.isRunning {
                do { _ = try await member.process.exit(within: .seconds(45)) } catch { member.process.signal(SIGKILL) }
            }
        }
    }

    /// Ends all that is left, at once.
    func stop() async {
        for member in slots.values.joined() where member.process.isRunning { member.process.signal(SIGKILL) }
        await redis.kill()
        do { try await proxy.stop() } catch { Console.note("the proxy was not closed: \(error)") }
        // It is large, and tells nobody anything.
        do { if otherVersion != nil { try FileManager.default.removeItem(atPath: "\(directory)/other-version") } } catch {
            Console.note("the other version was not removed: \(error)")
        }
    }

    // MARK: Redis

    /// Runs one command. Another fault may have Redis at that moment: it then waits until that is over.
    @discardableResult
    nonisolated func ask(_ command: RedisCommand) async throws -> RESPReply {
        try await patiently { try await withRedis { try await $0.execute(command) } }
    }

    /// Tries until it succeeds.
    ///
    /// - Throws: What the last try within 30 s has thrown.
    nonisolated func patiently<R>(_ body: () async throws -> R) async throws -> R {
        let end = ContinuousClock.now + .seconds(30)
        while true {
            do { return try await body() } catch {
                guard ContinuousClock.now < end, !Task.isCancelled else { throw error }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// Runs `body` with a connection of its own.
    nonisolated func withRedis<R>(_ body: (RedisClient) async throws -> R) async throws -> R {
        try await withRedisClient(redis.configuration(socketTimeout: .seconds(5)), name: "chaos", body)
    }

    /// The slot of the leading coordinator; where none leads, one of them.
    func leader(_ random: inout SeededGenerator) async throws -> Int {
        let leader = try await ask(RedisCommand("GET", "\(plan.pool):leader")).string ?? ""
        let id = leader.split(separator: ":").first.map(String.init) ?? ""
        let found = members(.coordinator).firstIndex { !id.isEmpty && $0.process.isRunning && $0.process.output.contains(id) }
        return found ?? pick(.coordinator, &random)
    }
}
