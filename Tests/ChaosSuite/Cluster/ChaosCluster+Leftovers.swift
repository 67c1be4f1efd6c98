import MCPStoreRedis
import TestSupport

/// What is left when all calls are over.
struct Leftovers: Equatable, Sendable {
    /// Entries in lanes, and jobs in pending lists.
    var jobs: [String] = []
    /// Leases and keys of workers that are gone, and keys that nobody owns and that never expire.
    var keys: [String] = []
    /// MCP servers, and their guardians, without a worker.
    var processes: [String] = []

    var isEmpty: Bool { jobs.isEmpty && keys.isEmpty && processes.isEmpty }
    var all: [String] { jobs + keys + processes }
}

extension ChaosCluster {
    /// Waits until nothing is left, for as long as queued calls, leases and recoveries may take.
    ///
    /// - Returns: What is still there then.
    func waitForNothingLeft(within deadline: Duration) async throws -> Leftovers {
        let end = ContinuousClock.now + deadline
        while true {
            let left = try await leftovers()
            if left.isEmpty || ContinuousClock.now >= end { return left }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    private func leftovers() async throws -> Leftovers {
        var left = Leftovers()
        let workers = Set(members(.worker).filter(\.process.isRunning).compactMap { Self.registration(in: $0.process.output) })
        for worker in texts(try await ask(RedisCommand("ZRANGE", "\(plan.pool):leases", "0", "-1")))
        where !workers.contains(worker) {
            left.keys.append("lease of \(worker), which is no living worker")
        }
        for worker in texts(try await ask(RedisCommand("SMEMBERS", "\(plan.pool):expired"))) {
            left.keys.append("\(worker) in :expired")
        }
        try await withRedis { client in
            for key in texts(try await client.execute(RedisCommand("KEYS", "*"))).sorted() {
                if key.hasPrefix("\(plan.space):jobs:") {
                    let entries = try await client.execute(RedisCommand("XLEN", key)).integer ?? 0
                    let pending = try await client.execute(RedisCommand("XPENDING", key, "workers")).array?.first?.integer ?? 0
                    if entries > 0 || pending > 0 { left.jobs.append("\(key): \(entries) entries, \(pending) pending") }
                } else if key.hasPrefix("\(plan.space):delayed") || key == "\(plan.space):removed" {
                    left.keys.append(key)
                } else if let worker = Self.ids(in: key).first, !workers.contains(worker) {
                    left.keys.append(key)
                } else if !isOwned(key), try await client.execute(RedisCommand("PTTL", key)).integer ?? -1 == -1 {
                    left.keys.append("\(key), which never expires")
                }
            }
        }
        let servers = Set(try servers())
        let roots = Set(members(.worker).filter(\.process.isRunning).map(\.process.processIdentifier))
        let below = try roots.reduce(into: servers) { $0.formUnion(try ProcessTable.descendants(of: $1)) }
        for process in try allServers() where !below.contains(process) && !roots.contains(process) {
            left.processes.append("process \(process): \(ProcessTable.command(of: process))")
        }
        return left
    }

    private nonisolated func texts(_ reply: RESPReply) -> [String] { reply.array?.compactMap(\.string) ?? [] }

    /// Whether a key is one that services, tools, the pool, or living workers have for good.
    private nonisolated func isOwned(_ key: String) -> Bool {
        let ends = ["services", "tools", "changes", "dead"].map { "\(plan.space):\($0)" }
        let starts = ["\(plan.space):services:", "\(plan.space):tools:"]
        return ends.contains(key) || starts.contains { key.hasPrefix($0) } || key.hasPrefix("\(plan.pool):")
    }

    /// The id that a worker was given last, from its log.
    static func registration(in log: String) -> String? {
        log.split(separator: "\n").last { $0.contains(" worker registered ") }.flatMap { ids(in: String($0)).first }
    }

    /// The worker ids (`w-…`) in a text, in their order.
    private static func ids(in text: String) -> [String] {
        text.split { !($0.isLetter || $0.isNumber || $0 == "-") }.map(String.init).filter { $0.hasPrefix("w-") && $0.count > 8 }
    }

    /// The outcomes in the stats of every tool: `service tool` → kind → count.
    func stats() async throws -> [String: [String: Int]] {
        let kinds: Set = ["ok", "toolError", "protocolError", "timedOut", "cancelled", "interrupted", "unavailable"]
        return try await withRedis { client in
            let (start, end) = ("\(plan.space):tools:", ":stats")
            // Also those under a key that nobody claims any more: after FLUSHDB a caller may count under the one that it knew.
            let keys = texts(try await client.execute(RedisCommand("KEYS", "\(start)*\(end)")))
            var found: [String: [String: Int]] = [:]
            for key in keys.map({ String($0.dropFirst(start.count).dropLast(end.count)) }) {
                guard let tool = ToolKind.allCases.first(where: { key.hasSuffix($0.rawValue) }) else { continue }
                let claim = try await client.execute(RedisCommand("HGET", "\(plan.space):tools", key)).string ?? ""
                let service = plan.services.first { claim.contains("\"\($0.name)\"") }?.name ?? "unclaimed"
                let fields = texts(try await client.execute(RedisCommand("HGETALL", "\(plan.space):tools:\(key):stats")))
                for position in stride(from: 0, to: fields.count - 1, by: 2) where kinds.contains(fields[position]) {
                    found["\(service) \(tool.rawValue)", default: [:]][fields[position], default: 0] +=
                        Int(fields[position + 1]) ?? 0
                }
            }
            return found
        }
    }
}
