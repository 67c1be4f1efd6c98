import MCPStoreQueue

extension StoreContext {
    /// The tools of all services, or of one, as their servers list them.
    ///
    /// - Throws: ``MCPStoreError``: `unknownService`, `redis`.
    public func listTools(service: String? = nil) async throws(MCPStoreError) -> [ToolInfo] {
        if let service { return try await current(service).tools }
        try await storeErrors { () throws(QueueError) in try await follower.reload() }
        return follower.withSnapshot { $0.tools }
    }

    /// The tool that a name means.
    ///
    /// - Parameters:
    ///   - name: The tool's own name, `service_tool` or `mcp_service_tool`.
    ///   - service: The service that is meant; needed only where all names of a tool are ambiguous.
    /// - Throws: ``MCPStoreError``: `unknownTool`, `ambiguousTool`, `redis`.
    public func toolInfo(_ name: String, service: String? = nil) async throws(MCPStoreError) -> ToolInfo {
        let target = try await resolve(name, service: service)
        guard let tool = follower.withSnapshot({ $0.tool(target) }) else { throw unknownTool(name, service: service) }
        return tool
    }

    /// How a tool was called, over all processes.
    ///
    /// - Throws: ``MCPStoreError``: `unknownTool`, `ambiguousTool`, `redis`.
    public func toolStats(_ name: String, service: String? = nil) async throws(MCPStoreError) -> ToolStatistics {
        let target = try await resolve(name, service: service)
        let stats = try await storeErrors { () throws(QueueError) in try await registry.stats([target.toolKey]) }
        let owner = ToolKey(service: target.service.name, tool: target.tool)
        return ToolStatistics(key: target.toolKey, owner: owner, stats[target.toolKey] ?? ToolStats())
    }

    /// How the tools of the space were called: those that were called at least once, in the order of their keys.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`).
    public func toolStats() async throws(MCPStoreError) -> [ToolStatistics] {
        let (keys, stats) = try await storeErrors { () throws(QueueError) in
            let keys = try await registry.toolKeys()
            return (keys, try await registry.stats(Array(keys.keys)))
        }
        return keys.keys.sorted().compactMap { key in
            guard let owner = keys[key], let stats = stats[key], stats.calls > 0 else { return nil }
            return ToolStatistics(key: key, owner: owner, stats)
        }
    }

    /// Finds the tool that a name means: in the snapshot, with one look at Redis where it is not known there.
    func resolve(_ name: String, service: String?) async throws(MCPStoreError) -> CallTarget {
        var resolution = follower.withSnapshot { $0.resolver.resolve(name, service: service) }
        if case .unknown = resolution {
            try await storeErrors { () throws(QueueError) in try await backend.catchUp() }
            resolution = follower.withSnapshot { $0.resolver.resolve(name, service: service) }
        }
        if case .unknown = resolution {
            try await storeErrors { () throws(QueueError) in try await follower.reloadForLookup() }
            resolution = follower.withSnapshot { $0.resolver.resolve(name, service: service) }
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
            shown.map { target in
                snapshot.resolver.clearName(of: target) ?? "\(target.tool) of service \(target.service.name)"
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
            let tools = (service.map { snapshot.services[$0]?.tools ?? [] }) ?? snapshot.tools
            let waiting = snapshot.services.values.filter { $0.tools.isEmpty && !$0.state.status.isReady }
            return (Set(tools.map(\.name)), tools.map(\.qualifiedName), waiting.sorted { $0.id.name < $1.id.name })
        }
        let similar = Suggestions.similar(to: name, among: own.sorted() + qualified)
        let place = service.map { "service '\($0.oneLine)' of \(backend.space)" } ?? "\(backend.space)"
        var message = "there is no tool '\(name.oneLine.prefix(200))' in \(place)"
        if !similar.isEmpty { message += "; did you mean \(similar.joined(separator: ", ").oneLine)?" }
        if let first = waiting.first {
            let others = waiting.count > 1 ? " (and \(waiting.count - 1) more)" : ""
            message += "; the tools of service '\(first.id.name)'\(others) are not known yet: \(first.state.trouble)"
        }
        var error = MCPStoreError(.unknownTool, message)
        error.suggestions = similar
        return error
    }
}
