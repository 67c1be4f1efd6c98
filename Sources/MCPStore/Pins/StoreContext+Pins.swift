import MCPStoreQueue
import MCPStoreWorker

/// Tools that stay as they were approved: a server that changes what a tool says or takes is stopped, or noticed.
extension StoreContext {
    /// What becomes of tools of this space that are not as they were approved.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`).
    public func toolPinning() async throws(MCPStoreError) -> ToolPinning {
        let mode = try await storeErrors { () throws(QueueError) in try await registry.pinMode() }
        return ToolPinning(rawValue: mode.rawValue) ?? .enforce
    }

    /// Says what becomes of tools of this space that are not as they were approved. Services of which nothing was ever approved are
    /// approved as they are listed now; of services that are added later, what they list first.
    ///
    /// - Returns: Whether it was something else before.
    /// - Throws: ``MCPStoreError``: `rejected` in an agent's context, `redis`.
    @discardableResult
    public func setToolPinning(_ pinning: ToolPinning) async throws(MCPStoreError) -> Bool {
        try checkApproves()
        let mode = PinMode(rawValue: pinning.rawValue) ?? .enforce
        if mode != .off {
            try await storeErrors { () throws(QueueError) in try await follower.reload() }
            // One that has published nothing is approved when it does.
            for service in follower.withSnapshot({ Array($0.services.values) }) where !service.offers.hash.isEmpty {
                let tools = service.tools.map { Self.pinned($0) }
                _ = try await storeErrors { () throws(QueueError) in
                    try await registry.approve(tools, of: service.id.name, by: Self.author, onlyFirst: true)
                }
            }
        }
        let isChanged = try await storeErrors { () throws(QueueError) in try await registry.setPinMode(mode) }
        try await storeErrors { () throws(QueueError) in try await follower.reload() }
        return isChanged
    }

    /// Approves a tool as it is now.
    ///
    /// - Parameters:
    ///   - name: The tool's own name.
    ///   - service: The service that has it; also the stored name of an agent's service.
    ///   - hash: Of what was looked at; a tool that has changed again since is not approved.
    /// - Returns: Whether it was not approved before as it is now.
    /// - Throws: ``MCPStoreError``: `unknownService`, `unknownTool`, `conflict` where it has another hash, `rejected` in an agent's
    ///   context, `redis`.
    @discardableResult
    public func approveTool(_ name: String, of service: String, hash: String? = nil) async throws(MCPStoreError) -> Bool {
        try checkApproves()
        let found = try await current(service)
        guard let tool = found.tools.first(where: { $0.name == name }) else {
            throw MCPStoreError(.unknownTool, "service '\(service.oneLine)' lists no tool '\(name.oneLine.prefix(200))'")
        }
        if let hash, hash != tool.definition.hash {
            let isPart = hash.count < tool.definition.hash.count && tool.definition.hash.hasPrefix(hash)
            let why = isPart ? "is given with a part of its hash only" : "is not what you have looked at"
            let show = "mcpstore tool show \(service)_\(name.oneLine)\(backend.space.commandOptions)"
            throw MCPStoreError(.conflict, "the tool '\(name.oneLine)' \(why), nothing was approved: see \(show)")
        }
        return try await approve([tool], of: found)
    }

    /// Approves all tools as they are now, of one service or of all, those of agents included.
    ///
    /// - Returns: Those that were not approved before as they are now.
    /// - Throws: ``MCPStoreError``: `unknownService`, `rejected` in an agent's context, `redis`.
    @discardableResult
    public func approveTools(service: String? = nil) async throws(MCPStoreError) -> [ToolInfo] {
        try checkApproves()
        let services: [SnapshotService]
        if let service {
            services = [try await current(service)]
        } else {
            try await storeErrors { () throws(QueueError) in try await follower.reload() }
            services = follower.withSnapshot { $0.services.values.sorted { $0.id.name < $1.id.name } }
        }
        var approved: [ToolInfo] = []
        for service in services where !service.offers.hash.isEmpty {
            let pins = try await storeErrors { () throws(QueueError) in try await registry.pins([service.id.name]) }
            let known = pins[service.id.name]
            let tools = service.tools.filter { known?[$0.name]?.hash != $0.definition.hash }
            guard !tools.isEmpty || known == nil else { continue }
            if try await approve(tools, of: service) { approved += tools }
        }
        return approved
    }

    private func approve(_ tools: [ToolInfo], of service: SnapshotService) async throws(MCPStoreError) -> Bool {
        let name = service.id.name
        let pins = try await storeErrors { () throws(QueueError) in try await registry.pins([name]) }
        let isNew = tools.contains { pins[name]?[$0.name]?.hash != $0.definition.hash }
        guard isNew || pins[name] == nil else { return false }
        let isThere = try await storeErrors { () throws(QueueError) in
            try await registry.approve(tools.map { Self.pinned($0) }, of: name, by: Self.author, onlyFirst: false)
        }
        guard isThere else { throw try await unknownService(service.name) }
        try await storeErrors { () throws(QueueError) in try await follower.reload([name]) }
        return isNew
    }

    /// A tool beside what was approved of it.
    ///
    /// - Throws: ``MCPStoreError``: `unknownTool`, `ambiguousTool`, `redis`.
    package func toolApproval(_ name: String, service: String? = nil) async throws(MCPStoreError) -> ToolApproval {
        let tool = try await toolInfo(name, service: service)
        let stored = storedName(tool.service) ?? tool.service
        let pinning = try await toolPinning()
        let pins = try await storeErrors { () throws(QueueError) in try await registry.pins([stored]) }
        let (pin, definition) = (pins[stored]?[tool.name], tool.definition)
        return ToolApproval(
            pinning: pinning,
            status: tool.pin,
            isHeld: tool.isHeld,
            hash: definition.hash,
            approved: pin?.approved,
            by: pin?.by,
            differences: pin.map { ToolDifference.between($0.document, definition.document) } ?? []
        )
    }

    private static func pinned(_ tool: ToolInfo) -> PinnedTool {
        let definition = tool.definition
        return PinnedTool(name: tool.name, hash: definition.hash, document: definition.document)
    }

    private func checkApproves() throws(MCPStoreError) {
        guard scope == .store else {
            throw MCPStoreError(.rejected, "an agent's context approves no tools: do it in the store's context")
        }
    }
}
