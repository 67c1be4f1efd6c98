import Foundation
import MCPStoreQueue
import NIOCore

extension StoreContext {
    /// Replaces the whole configuration of a service.
    ///
    /// Calls that run go on; the worker starts the server anew only where what it is started with has changed. A service that
    /// agents share is not changed for the others: the agent leaves it and has, from then on, a service with the new
    /// configuration.
    /// - Parameters:
    ///   - name: The service.
    ///   - configuration: The new entry, alone or as `{"mcpServers": {name: entry}}`; checked as in ``addService(_:name:replacing:)``.
    /// - Throws: ``MCPStoreError``: `unknownService`, `invalidServices`, `conflict` where others change it all the time, `redis`.
    @discardableResult
    public func updateService(_ name: String, _ configuration: JSONValue) async throws(MCPStoreError) -> ChangedService {
        try await change(name) { _ throws(MCPStoreError) in configuration }
    }

    /// Replaces the whole configuration of a service by one that is described as JSON text, with comments or without; else the
    /// same.
    ///
    /// - Throws: as ``updateService(_:_:)``, and `invalidServices` where the text is no JSON.
    @discardableResult
    public func updateService(_ name: String, json: Data) async throws(MCPStoreError) -> ChangedService {
        try await updateService(name, try Self.parse(json, what: "the configuration is"))
    }

    /// Changes parts of a service's configuration: a JSON merge patch (RFC 7396). Members of the patch replace those of the same
    /// name, objects such as `env` are merged, and `null` removes.
    ///
    ///     try await context.patchService("weather", ["env": ["UNITS": "metric", "DEBUG": nil], "callTimeoutMs": 30_000])
    ///
    /// The result is checked as a whole. Where somebody else changes the service at the same moment, the patch is applied again
    /// to what is there then: patches of different members never undo each other. Else as ``updateService(_:_:)``.
    /// - Throws: ``MCPStoreError``: `unknownService`, `invalidServices`, `conflict` where others change it all the time, `redis`.
    @discardableResult
    public func patchService(_ name: String, _ changes: JSONValue) async throws(MCPStoreError) -> ChangedService {
        guard changes.objectValue != nil else {
            throw MCPStoreError(.invalidServices, "nothing was changed: the changes must be an object, not \(changes.kind)")
        }
        return try await change(name) { present throws(MCPStoreError) in Self.withoutEmptySettings(present.merging(changes)) }
    }

    /// Changes parts of a service's configuration by a merge patch that is JSON text, with comments or without; else the same.
    ///
    /// - Throws: as ``patchService(_:_:)``, and `invalidServices` where the text is no JSON.
    @discardableResult
    public func patchService(_ name: String, json: Data) async throws(MCPStoreError) -> ChangedService {
        try await patchService(name, try Self.parse(json, what: "the changes are"))
    }

    /// Removes every service of this context: all services that belong to no agent, or all of one agent.
    ///
    /// One after another: where it fails in between, the error says which are gone, and it can be done again. Services that are
    /// added meanwhile stay.
    /// - Returns: The names of those that were removed.
    /// - Throws: ``MCPStoreError``: `redis`, `conflict`.
    @discardableResult
    public func resetConfig() async throws(MCPStoreError) -> [String] {
        try await storeErrors { () throws(QueueError) in try await follower.reload() }
        let names = follower.withSnapshot { $0.view(scope).names }
        var removed: [String] = []
        for name in names {
            do throws(MCPStoreError) {
                try await removeService(name)
                removed.append(name)
            } catch {
                // Somebody else has removed it.
                if error.code == .unknownService { continue }
                throw MCPStoreError(
                    error.code,
                    "\(removed.count) of \(names.count) services were removed\(removed.isEmpty ? "" : " (\(removed.joined(separator: ", ")))"), then: \(error.message)"
                )
            }
        }
        return removed
    }

    /// Reads, changes and writes a configuration, again where somebody else was faster.
    ///
    /// - Parameter make: Gets the present entry, gives the new one.
    private func change(
        _ name: String,
        _ make: (JSONValue) throws(MCPStoreError) -> JSONValue
    ) async throws(MCPStoreError) -> ChangedService {
        for _ in 0..<Self.attempts {
            guard let document = try await currentDocument(name) else { throw try await unknownService(name) }
            var parsed = try check(name, try make(.object(document.members)))
            parsed.warnings += absentTools(name, parsed.configuration)
            if let agent {
                var plan = AgentPlan(agent: agent)
                let entry = AgentEntry(name, parsed.configuration, agent: agent)
                let target = document.stored == entry.stored ? document : try await self.document(stored: entry.stored)
                do throws(AgentPlan.Problem) {
                    if case .unchanged = try plan.have(entry, present: document, target: target, replacing: true) {
                        return ChangedService(name: name, isChanged: false, warnings: parsed.warnings)
                    }
                } catch {
                    throw Self.notChanged([.init(service: name, problem: error.text)])
                }
                if try await carryOut(plan) { return ChangedService(name: name, isChanged: true, warnings: parsed.warnings) }
            } else {
                guard document.agents == nil else {
                    throw MCPStoreError(
                        .rejected,
                        "'\(name)' belongs to agents, who change it themselves: it can be restarted and removed from here"
                    )
                }
                if parsed.configuration == .object(document.members) {
                    return ChangedService(name: name, isChanged: false, warnings: parsed.warnings)
                }
                if try await write(name, parsed.configuration.buffer, over: document.version) {
                    return ChangedService(name: name, isChanged: true, warnings: parsed.warnings)
                }
            }
        }
        throw Self.contended([name])
    }

    /// What is said of tools that the service does not offer has no effect, which a misspelt name would not show. Where its tools are not
    /// known, nothing is said.
    private func absentTools(_ name: String, _ configuration: JSONValue) -> [String] {
        let offered = follower.withSnapshot { snapshot in
            snapshot.services(in: scope).first { $0.name == name }?.tools.map(\.name) ?? []
        }
        guard !offered.isEmpty, let settings = configuration["toolSettings"]?.objectValue else { return [] }
        return settings.keys.sorted().filter { !offered.contains($0) }.map { tool in
            let similar = Suggestions.similar(to: tool, among: offered)
            let hint = similar.isEmpty ? "" : "; did you mean \(similar.joined(separator: ", ").oneLine)?"
            return "'toolSettings' names '\(tool.oneLine.prefix(60))', which '\(name)' does not offer now\(hint)"
        }
    }

    /// Where the last setting of a tool was taken away, nothing stays of it.
    private static func withoutEmptySettings(_ entry: JSONValue) -> JSONValue {
        guard var members = entry.objectValue, let settings = members["toolSettings"]?.objectValue else { return entry }
        let left = settings.filter { $0.value != [:] }
        members["toolSettings"] = left.isEmpty ? nil : .object(left)
        return .object(members)
    }

    /// - Returns: `false` where another version is there.
    private func write(_ name: String, _ configuration: ByteBuffer, over version: Int) async throws(MCPStoreError) -> Bool {
        do throws(MCPStoreError) {
            try await storeErrors { () throws(QueueError) in
                try await backend.announce()
                _ = try await registry.put([(name, configuration, version)], by: Self.author)
            }
        } catch {
            guard error.code == .conflict else { throw error }
            return false
        }
        try await storeErrors { () throws(QueueError) in
            try await backend.changed([name])
            try await follower.reload([name])
        }
        return true
    }

    private func currentDocument(_ name: String) async throws(MCPStoreError) -> AgentDocument? {
        if scope == .store { return try await document(stored: name) }
        return try await agentDocument(name)
    }

    /// Checks an entry as it would be when it were added.
    private func check(
        _ name: String,
        _ entry: JSONValue
    ) throws(MCPStoreError) -> (configuration: JSONValue, warnings: [String]) {
        let isMap = entry["mcpServers"] != nil
        let parsed: ParsedServices
        do throws(MCPStoreError) {
            parsed = try MCPServersParser(placement: backend.placement).parse(entry, name: isMap ? nil : name)
        } catch {
            guard !error.problems.isEmpty else { throw error }
            throw Self.notChanged(error.problems)
        }
        guard parsed.services.count == 1, parsed.services[0].name == name,
            let configuration = JSONMembers.read(parsed.services[0].configuration)
        else {
            throw MCPStoreError(
                .invalidServices,
                "nothing was changed: it must describe '\(name)' and nothing else, but describes \(parsed.services.map { "'\($0.name)'" }.joined(separator: ", "))"
            )
        }
        return (configuration, parsed.warnings)
    }

    private static func notChanged(_ problems: [MCPStoreError.ServiceProblem]) -> MCPStoreError {
        var error = MCPStoreError(
            .invalidServices,
            "nothing was changed: \(problems.map(\.description).joined(separator: "; "))"
        )
        error.problems = problems
        return error
    }
}
