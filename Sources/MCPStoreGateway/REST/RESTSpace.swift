import MCPStore
import MCPStoreQueue

/// A space as the principal of a request sees it.
struct RESTSpace: Sendable {
    let lease: SpaceDirectory.Lease
    let principal: Principal

    var context: StoreContext { lease.store.forStore() }

    /// Whether it sees everything of the space.
    private var seesAll: Bool { principal.tools == nil }

    /// Whether it may see how services are set up and what their servers write.
    var seesInside: Bool { principal.roles.contains(.manage) || principal.roles.contains(.operate) }

    /// The space as an MCP server for it.
    var door: FrontDoor { lease.door.seen(by: principal) }

    /// What the space offers to it.
    func catalog() -> Catalog { door.space.catalog() }

    /// The names of a tool by which it is called, once it is clear that the principal sees that tool.
    ///
    /// - Throws: ``MCPStoreError`` (`unknownTool`): what it may not call does not exist for it.
    func visible(tool name: String, service: String?) throws(MCPStoreError) -> (name: String, service: String?) {
        guard !seesAll else { return (name, service) }
        // By the names that are listed only, each of which means one tool: a pattern must not match another name of a tool that
        // it does not mean.
        guard catalog().tools.contains(where: { $0.name == name && (service ?? $0.service) == $0.service }) else {
            throw MCPStoreError(.unknownTool, "there is no tool '\(name.oneLine.prefix(200))'")
        }
        return (name, nil)
    }

    /// The name under which it is listed each tool, by service and own name.
    func listedNames() -> [ToolKey: String] {
        Dictionary(catalog().tools.map { (ToolKey(service: $0.service, tool: $0.ownName), $0.name) }) { first, _ in first }
    }

    /// Those of the tools that it is listed.
    func visible(_ letters: [DeadLetter]) -> [DeadLetter] {
        guard !seesAll else { return letters }
        let names = listedNames()
        return letters.filter { letter in
            guard letter.method == "tools/call", let lane = letter.lane else { return false }
            return names[ToolKey(service: lane.service.name, tool: letter.name)] != nil
        }
    }

    /// A call that was given up.
    ///
    /// - Throws: ``MCPStoreError``: `unknownDeadLetter`, also where it is that of a tool that the principal is not listed; `redis`.
    func deadLetter(_ id: String) async throws(MCPStoreError) -> DeadLetter {
        let letter = try await context.deadLetter(id)
        guard !visible([letter]).isEmpty else { throw StoreContext.noDeadLetter(id) }
        return letter
    }

    /// Checks that it may do something with a call that was given up. Who sees all needs no look.
    ///
    /// - Throws: as ``deadLetter(_:)``.
    func check(deadLetter id: String) async throws(MCPStoreError) {
        if !seesAll { _ = try await deadLetter(id) }
    }

    /// Figures of the tools that it is listed.
    func visible(_ stats: [ToolStatistics]) -> [ToolStatistics] {
        guard !seesAll else { return stats }
        let names = listedNames()
        return stats.filter { names[ToolKey(service: $0.service, tool: $0.tool)] != nil }
    }

    /// What the space did in the last hour. Points count all tools: who sees a part of them is shown none.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`).
    func history() async throws(MCPStoreError) -> [JSONValue] {
        guard seesAll else { return [] }
        let (points, now) = try await context.history()
        return points.map { point in
            [
                "at": .string(ISO8601.text(point.at * 1000)), "age_ms": .integer(max(now / 1000 - point.at, 0)),
                "calls": .integer(point.calls), "failed": .integer(point.failed), "reused": .integer(point.reused),
                "queued": .integer(point.queued), "running": .integer(point.running),
            ]
        }
    }

    /// Whether it is listed a service: one that has something that it may call.
    private func sees(service: String) -> Bool { seesAll || catalog().tools.contains { $0.service == service } }

    /// Those of the services that it is listed.
    func visible(_ services: [ServiceInfo]) -> [ServiceInfo] {
        guard !seesAll else { return services }
        let names = Set(catalog().tools.map(\.service))
        return services.filter { names.contains($0.name) }
    }

    /// - Throws: ``MCPStoreError`` (`unknownService`).
    func check(service: String) throws(MCPStoreError) {
        guard sees(service: service) else {
            throw MCPStoreError(.unknownService, "there is no service '\(service.oneLine.prefix(140))'")
        }
    }

    /// A service as it may see it: who only calls is not shown the inside.
    func json(_ service: ServiceInfo) -> JSONValue {
        var members = JSONOutput.service(service).objectValue ?? [:]
        if !seesInside {
            for inside in ["config", "target", "reason", "error", "stderr", "workers", "by", "agents"] { members[inside] = nil }
        }
        return .object(members)
    }

    /// Whether a worker serves the space: others are none of its business, unless it reaches all.
    func sees(_ worker: StoreStatus.WorkerInfo) -> Bool {
        principal.reachesAll || worker.spaces.contains(where: matches)
    }

    /// A worker, without the spaces that the principal does not reach.
    func json(_ worker: StoreStatus.WorkerInfo) -> JSONValue {
        var members = WorkerOutput.json(worker).objectValue ?? [:]
        if !principal.reachesAll { members["spaces"] = JSONOutput.strings(worker.spaces.filter(matches)) }
        return .object(members)
    }

    /// A worker may serve spaces that the principal does not reach: only who reaches all may order it about.
    ///
    /// - Throws: ``Problem`` 403.
    func checkReachesAll() throws(Problem) {
        guard principal.reachesAll else {
            throw Problem(403, "forbidden", "'\(principal.name)' does not reach all spaces, which orders to workers need")
        }
    }

    private func matches(_ pattern: String) -> Bool {
        do {
            guard let space = Space(context.store.space) else { return false }
            return try SpacePattern(pattern).matches(space)
        } catch {
            return false
        }
    }
}
