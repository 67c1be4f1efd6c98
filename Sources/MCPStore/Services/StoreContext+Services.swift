import Foundation
import MCPStoreQueue
import NIOCore

extension StoreContext {
    /// Adds services, all or none of them.
    ///
    /// Workers then start them; ``waitService(_:timeout:onProgress:)`` waits for that. Adding a service again with the same
    /// configuration changes nothing.
    /// - Parameters:
    ///   - services: `{"mcpServers": {"name": {…}}}` or the form of another MCP program (`docs/configuration.md`), the map
    ///     alone, or a single entry that has a `name`. An entry has `command` (with `args`, `env`, `cwd`) or `url` (with
    ///     `headers`). References such as `${TOKEN}` are resolved on the workers: secrets need not be stored.
    ///   - name: The name of a single entry that has none.
    ///   - replacing: Whether a service of the same name with another configuration is replaced.
    /// - Throws: ``MCPStoreError``: `invalidServices` with a problem for each service that is wrong, `conflict`, `redis`.
    @discardableResult
    public func addService(
        _ services: JSONValue,
        name: String? = nil,
        replacing: Bool = false
    ) async throws(MCPStoreError) -> AddedServices {
        let parsed = try MCPServersParser(placement: backend.placement).parse(services, name: name)
        if let agent { return try await add(parsed, for: agent, replacing: replacing) }
        return try await add(parsed, replacing: replacing)
    }

    /// Adds services that are described as JSON text, with comments or without; else the same.
    ///
    /// - Throws: as ``addService(_:name:replacing:)``, and `invalidServices` where the text is no JSON.
    @discardableResult
    public func addService(
        json: Data,
        name: String? = nil,
        replacing: Bool = false
    ) async throws(MCPStoreError) -> AddedServices {
        try await addService(try Self.parse(json, what: "the services are"), name: name, replacing: replacing)
    }

    /// - Parameter what: Subject and verb.
    static func parse(_ json: Data, what: String) throws(MCPStoreError) -> JSONValue {
        do {
            return try JSONValue(parsing: json, allowsComments: true)
        } catch {
            throw MCPStoreError(.invalidServices, "\(what) not JSON: \(error.description(in: json))")
        }
    }

    /// Adds the services of a file as MCP programs write it: JSON, with comments or without, or TOML where its name ends so;
    /// else the same.
    ///
    /// What ``addService(_:name:replacing:)`` does with secrets it does here too: they are stored as they stand there, with a
    /// warning. `mcpstore import` puts references in their place.
    /// - Throws: as ``addService(_:name:replacing:)``, and `badConfiguration` where the file cannot be read.
    @discardableResult
    public func addService(
        file: String,
        name: String? = nil,
        replacing: Bool = false
    ) async throws(MCPStoreError) -> AddedServices {
        try await addService(try ServiceFile.read(file), name: name, replacing: replacing)
    }

    /// How often a store looks again where others write the same services at the same moment.
    private static let mostRaces = 20

    private func add(_ parsed: ParsedServices, replacing: Bool) async throws(MCPStoreError) -> AddedServices {
        for _ in 1..<Self.mostRaces {
            do {
                return try await addOnce(parsed, replacing: replacing)
            } catch {
                // Somebody else wrote between the look and the write: perhaps the very same.
                guard error.code == .conflict, error.problems.isEmpty else { throw error }
            }
        }
        return try await addOnce(parsed, replacing: replacing)
    }

    private func addOnce(_ parsed: ParsedServices, replacing: Bool) async throws(MCPStoreError) -> AddedServices {
        var result = AddedServices()
        result.warnings = parsed.warnings
        var writes: [(name: String, configuration: ByteBuffer, expected: Int?)] = []
        var problems: [MCPStoreError.ServiceProblem] = []
        for (name, configuration) in parsed.services {
            let present = try await storeErrors { () throws(QueueError) in try await registry.service(name) }
            switch present {
            case nil:
                result.added.append(name)
                writes.append((name, configuration, 0))
            case let present? where present.configuration == configuration:
                result.unchanged.append(name)
            case let present? where replacing:
                result.replaced.append(name)
                writes.append((name, configuration, present.version))
            case let present?:
                let problem =
                    "there is a service of this name with another configuration (version \(present.version), by \(present.by))"
                problems.append(.init(service: name, problem: problem))
            }
        }
        guard problems.isEmpty else {
            var error = MCPStoreError(
                .conflict,
                "nothing was added: \(problems.map(\.description).joined(separator: "; ")); replace it (with replacing: true; on the command line with --replace), update or remove it"
            )
            error.problems = problems
            throw error
        }
        let pending = writes
        try await storeErrors { () throws(QueueError) in
            try await backend.announce()
            if !pending.isEmpty { _ = try await registry.put(pending, by: Self.author) }
            try await backend.changed(parsed.services.map(\.name))
            try await follower.reload(parsed.services.map(\.name))
        }
        return result
    }

    /// Who changes the registry: `user@host`.
    static let author: String = {
        let user = NSUserName()
        let host = ProcessInfo.processInfo.hostName
        return "\(user.isEmpty ? "unknown" : user)@\(host)"
    }()

    /// The services, in the order of their names.
    ///
    /// - Parameter includingAgents: Also those of all agents, under the names under which they are stored; in the store's
    ///   context only.
    /// - Throws: ``MCPStoreError`` (`redis`).
    public func listServices(includingAgents: Bool = false) async throws(MCPStoreError) -> [ServiceInfo] {
        try await storeErrors { () throws(QueueError) in try await follower.reload() }
        return follower.withSnapshot { snapshot in
            if includingAgents, scope == .store { return snapshot.services.values.sorted { $0.name < $1.name } }
            return snapshot.services(in: scope)
        }.map { ServiceInfo($0, scope) }
    }

    /// One service.
    ///
    /// - Parameter name: Its name; in the store's context also the stored name of an agent's service.
    /// - Throws: ``MCPStoreError``: `unknownService`, `redis`.
    public func serviceInfo(_ name: String) async throws(MCPStoreError) -> ServiceInfo {
        ServiceInfo(try await current(name), scope)
    }

    /// Has every worker that hosts a service start it anew. Calls that run on it are ended as when it dies; where agents share
    /// it, that is so for all of them.
    ///
    /// - Returns: How many workers were told.
    /// - Throws: ``MCPStoreError``: `unknownService`, `notReady` where no worker hosts it, `redis`.
    @discardableResult
    public func restartService(_ name: String) async throws(MCPStoreError) -> Int {
        let service = try await current(name)
        guard !service.state.workers.isEmpty else {
            let question = absenceHint(service)
            let hint = question.isEmpty ? "" : "; \(question)"
            throw MCPStoreError(
                .notReady,
                "no worker hosts the service '\(name)' (\(service.state.trouble)): there is nothing to restart\(hint)"
            )
        }
        try await storeErrors { () throws(QueueError) in try await backend.restart(service.id.name) }
        return service.state.workers.count
    }

    /// Removes a service. What is queued of it ends as `unavailable`; what runs may finish. An agent leaves a service that it
    /// shares; the last one to leave removes it.
    ///
    /// - Parameter name: Its name; in the store's context also the stored name of an agent's service, which is then removed for
    ///   all agents.
    /// - Throws: ``MCPStoreError``: `unknownService`, `conflict`, `redis`.
    public func removeService(_ name: String) async throws(MCPStoreError) {
        if let agent {
            if try await leave(name, agent) { return }
            throw try await unknownService(name)
        }
        let removed = try await storeErrors { () throws(QueueError) in
            guard try await registry.remove(name) else { return false }
            try await backend.changed([name])
            try await backend.bury(name)
            try await follower.reload([name])
            return true
        }
        if !removed { throw try await unknownService(name) }
    }
}
