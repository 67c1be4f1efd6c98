import Logging
import MCPStoreQueue
import MCPStoreRedis

/// Keys of the namespace that nobody owns any more. The one place where keys are scanned, in a bounded number of steps.
struct KeyChecks {
    private static let step = 1000
    private static let shown = 3

    let client: RedisClient
    let space: Space
    /// The most keys of Redis that the scan passes by.
    let limit: Int

    func findings() async -> [Finding] {
        guard limit > 0 else { return [] }
        do {
            let (names, isWhole) = try await scan()
            let owners = try await Owners(client, space)
            let own = names.filter { $0.hasPrefix("\(space):") }
            let automatic = names.filter { $0.hasPrefix("\(space.namespace):auto-") }
            var findings: [Finding] = []
            let orphans = own.filter { owners.isOrphan(String($0.dropFirst("\(space):".count))) }
            if !orphans.isEmpty {
                findings.append(
                    .warn(
                        "orphans",
                        "\(orphans.count) keys belong to no service of \(space): \(Self.sample(orphans))",
                        "where no jobs of removed services run any more, delete them with redis-cli DEL"
                    )
                )
            }
            let mortal = own.filter { Self.mustExpire(String($0.dropFirst("\(space):".count))) } + automatic
            let immortal = try await withoutExpiry(Array(Set(mortal)))
            if !immortal.isEmpty {
                findings.append(
                    .warn(
                        "expiry",
                        "\(immortal.count) keys that should expire do not: \(Self.sample(immortal))",
                        "delete them with redis-cli DEL; they are left from a process that died or from another program"
                    )
                )
            }
            if findings.isEmpty {
                findings.append(.ok("keys", "\(own.count.counted("key")) of \(space), each with an owner"))
            }
            if !isWhole {
                findings.append(
                    .warn(
                        "scan",
                        "only the first \(limit) keys of Redis were looked at",
                        "mcpstore doctor --scan N looks at more"
                    )
                )
            }
            return findings
        } catch {
            return [Doctor.unchecked("keys", error)]
        }
    }

    private static func sample(_ keys: [String]) -> String {
        keys.sorted().prefix(shown).joined(separator: ", ") + (keys.count > shown ? ", …" : "")
    }

    private func scan() async throws(RedisError) -> (keys: [String], isWhole: Bool) {
        var cursor = "0"
        var keys: Set<String> = []
        for _ in 0..<max(limit / Self.step, 1) {
            let reply = try await client.execute(
                RedisCommand("SCAN", cursor, "MATCH", "\(space.namespace):*", "COUNT", String(Self.step))
            )
            guard let parts = reply.array, parts.count == 2 else { break }
            cursor = parts[0].string ?? "0"
            keys.formUnion(parts[1].array?.compactMap(\.string) ?? [])
            if cursor == "0" { return (Array(keys), true) }
        }
        return (Array(keys), cursor == "0")
    }

    /// Inboxes and large results live as long as somebody waits for them, what is known of batches for some days.
    private static func mustExpire(_ name: String) -> Bool {
        ["inbox:", "result:", "batch:"].contains { name.hasPrefix($0) } || name == "batches" || name == "history"
    }

    private func withoutExpiry(_ keys: [String]) async throws(RedisError) -> [String] {
        var found: [String] = []
        for start in stride(from: 0, to: keys.count, by: Self.step) {
            let page = Array(keys[start..<min(start + Self.step, keys.count)])
            let replies = await client.pipeline(page.map { RedisCommand("PTTL", $0) })
            for (key, reply) in zip(page, replies) where try reply.get().integer == -1 { found.append(key) }
        }
        return found
    }

    /// Who owns the keys of a space.
    struct Owners {
        private var services: Set<String> = []
        private var tools: Set<String> = []

        init(_ client: RedisClient, _ space: Space) async throws(QueueError) {
            let registry = RedisRegistry(space: space, client: client)
            services = Set(try await registry.services().map(\.name))
            tools = Set(try await registry.toolKeys().keys.map(Name.encoded))
            let recovery = RedisRecovery(client: client, clock: ServerClock(), logger: .init(label: "mcpstore"))
            for (service, toolKeys) in try await recovery.removedServices(space) {
                services.insert(service)
                tools.formUnion(toolKeys.map(Name.encoded))
            }
        }

        init(services: Set<String>, tools: Set<String>) {
            self.services = services
            self.tools = tools
        }

        /// - Parameter name: The key without the space's prefix.
        func isOrphan(_ name: String) -> Bool {
            let parts = name.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            switch parts[0] {
            case "services" where parts.count == 3: return !services.contains(parts[1])
            case "tools" where parts.count == 3: return !tools.contains(parts[1])
            case "jobs" where parts.count == 2 || parts.count == 3: return !services.contains(parts[1])
            case "batch" where parts.count == 3: return !["calls", "ids"].contains(parts[2])
            case "inbox", "result", "job", "batch", "submitted": return parts.count != 2
            case "services", "tools", "stores", "changes", "removed", "delayed", "dead", "batches", "history", "pins", "pool":
                return false
            default: return true
            }
        }
    }
}
