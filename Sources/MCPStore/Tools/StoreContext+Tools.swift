import MCPStoreQueue
import MCPStoreWorker

extension StoreContext {
    /// The tools of all services of this context, or of one, as their servers list them.
    ///
    /// - Parameter includingHeld: Also those that are held back (``ToolPinning/enforce``): they must not be shown to a model.
    /// - Throws: ``MCPStoreError``: `unknownService`, `redis`.
    public func listTools(service: String? = nil, includingHeld: Bool = false) async throws(MCPStoreError) -> [ToolInfo] {
        let tools: [ToolInfo]
        if let service {
            tools = try await current(service).tools
        } else {
            try await storeErrors { () throws(QueueError) in try await follower.reload() }
            tools = follower.withSnapshot { $0.tools(in: scope) }
        }
        return includingHeld ? tools : tools.filter { !$0.isHeld }
    }

    /// The tool that a name means.
    ///
    /// - Parameters:
    ///   - name: The tool's own name, `service_tool` or `mcp_service_tool`.
    ///   - service: The service that is meant; needed only where all names of a tool are ambiguous.
    /// - Throws: ``MCPStoreError``: `unknownTool`, `ambiguousTool`, `redis`.
    public func toolInfo(_ name: String, service: String? = nil) async throws(MCPStoreError) -> ToolInfo {
        try info(of: try await resolve(name, service: service), name, service)
    }

    private func info(of target: CallTarget, _ name: String, _ service: String?) throws(MCPStoreError) -> ToolInfo {
        guard let tool = follower.withSnapshot({ $0.tool(target) }) else { throw unknownTool(name, service: service) }
        return tool
    }

    /// A tool that can be called now.
    ///
    /// - Throws: ``MCPStoreError``: as ``toolInfo(_:service:)``, and `rejected` where its service is disabled or drained, or where it is
    ///   held back because it is not as it was approved.
    package func callableTool(_ name: String, service: String? = nil) async throws(MCPStoreError) -> ToolInfo {
        let target = try await resolve(name, service: service)
        if target.takesNoCalls { try await refuse(target) }
        return try info(of: target, name, service)
    }

    /// How long calls of a tool may take and whether they may be run again, each with where that comes from.
    ///
    /// - Throws: ``MCPStoreError``: `unknownTool`, `ambiguousTool`, `redis`.
    package func toolPolicy(_ name: String, service: String? = nil) async throws(MCPStoreError) -> CallPolicy {
        let target = try await resolve(name, service: service)
        let policy = follower.withSnapshot { snapshot in
            snapshot.services[target.service.name].flatMap { service in
                service.tools.first { $0.name == target.tool }.map(service.policy)
            }
        }
        guard let policy else { throw unknownTool(name, service: service) }
        return policy
    }

    /// How a tool was called, over all processes.
    ///
    /// - Throws: ``MCPStoreError``: `unknownTool`, `ambiguousTool`, `redis`.
    public func toolStats(_ name: String, service: String? = nil) async throws(MCPStoreError) -> ToolStatistics {
        let target = try await resolve(name, service: service)
        let stats = try await storeErrors { () throws(QueueError) in try await registry.stats([target.toolKey]) }
        let owner = ToolKey(service: target.serviceName, tool: target.tool)
        return ToolStatistics(key: target.toolKey, owner: owner, stats[target.toolKey] ?? ToolStats())
    }

    /// How the tools of this context were called: those that were called at least once, in the order of their keys. Tools of a
    /// service that agents share are counted together.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`).
    public func toolStats() async throws(MCPStoreError) -> [ToolStatistics] {
        try await storeErrors { () throws(QueueError) in try await backend.catchUp() }
        let names = follower.withSnapshot { snapshot in
            let services = snapshot.services(in: scope)
            return Dictionary(services.map { ($0.id.name, $0.name) }) { first, _ in first }
        }
        let (keys, stats) = try await storeErrors { () throws(QueueError) in
            let keys = try await registry.toolKeys().filter { names[$0.value.service] != nil }
            return (keys, try await registry.stats(Array(keys.keys)))
        }
        return keys.keys.sorted().compactMap { key in
            guard var owner = keys[key], let stats = stats[key], stats.calls > 0, let name = names[owner.service] else {
                return nil
            }
            owner.service = name
            return ToolStatistics(key: key, owner: owner, stats)
        }
    }

    /// Finds the tool that a name means: in the snapshot, with one look at Redis where it is not known there.
    func resolve(_ name: String, service: String?) async throws(MCPStoreError) -> CallTarget {
        var resolution = try await storeErrors { () throws(QueueError) in
            follower.withSnapshot { $0.resolve(name, service: service, in: scope) }
        }
        if case .unknown = resolution {
            try await storeErrors { () throws(QueueError) in try await backend.catchUp() }
            resolution = follower.withSnapshot { $0.resolve(name, service: service, in: scope) }
        }
        if case .unknown = resolution {
            try await storeErrors { () throws(QueueError) in try await follower.reloadForLookup() }
            resolution = follower.withSnapshot { $0.resolve(name, service: service, in: scope) }
        }
        switch resolution {
        case .found(let target): return target
        case .ambiguous(let targets): throw ambiguousTool(name, targets)
        case .unknown: throw unknownTool(name, service: service)
        }
    }

    private func ambiguousTool(_ name: String, _ targets: [CallTarget]) -> MCPStoreError {
        let shown = targets.prefix(10)
        let names = follower.withSnapshot { snapshot in
            let resolver = snapshot.view(scope).tools
            return shown.map { target in
                resolver.clearName(of: target) ?? "\(target.tool) of service \(target.serviceName)"
            }
        }
        let more = targets.count > shown.count ? " and \(targets.count - shown.count) more" : ""
        var error = MCPStoreError(
            .ambiguousTool,
            "'\(name.oneLine)' means \(targets.count) tools: say which, \(names.joined(separator: ", ").oneLine)\(more)"
        )
        error.suggestions = names
        return error
    }

    private func unknownTool(_ name: String, service: String?) -> MCPStoreError {
        let (own, qualified, waiting) = follower.withSnapshot { snapshot in
            let services = snapshot.services(in: scope)
            let tools = services.filter { service == nil || $0.name == service }.flatMap(\.tools)
            let waiting = services.filter { $0.tools.isEmpty && !$0.state.status.isReady }
            return (Set(tools.map(\.name)), tools.map(\.qualifiedName), waiting)
        }
        let similar = Suggestions.similar(to: name, among: own.sorted() + qualified)
        let looked = service.map { "service '\($0.oneLine)' of \(place)" } ?? place
        var message = "there is no tool '\(name.oneLine.prefix(200))' in \(looked)"
        if !similar.isEmpty { message += "; did you mean \(similar.joined(separator: ", ").oneLine)?" }
        if let first = waiting.first {
            let others = waiting.count > 1 ? " (and \(waiting.count - 1) more)" : ""
            message += "; the tools of service '\(first.name)'\(others) are not known yet: \(first.state.trouble)"
        }
        var error = MCPStoreError(.unknownTool, message)
        error.suggestions = similar
        return error
    }
}
