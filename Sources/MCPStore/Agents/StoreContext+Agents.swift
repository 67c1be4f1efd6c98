import MCPStoreQueue
import NIOCore

/// Changing the services of an agent.
extension StoreContext {
    /// How often a change is tried again because somebody else was faster.
    static let attempts = 64

    /// The agent is to have these services.
    func add(_ parsed: ParsedServices, for agent: String, replacing: Bool) async throws(MCPStoreError) -> AddedServices {
        for _ in 0..<Self.attempts {
            var result = AddedServices()
            result.warnings = parsed.warnings
            var plan = AgentPlan(agent: agent)
            var problems: [MCPStoreError.ServiceProblem] = []
            let entries = parsed.services.map { AgentEntry($0.name, JSONMembers.read($0.configuration) ?? [:], agent: agent) }
            for entry in entries {
                let present = try await agentDocument(entry.name)
                let target = present?.stored == entry.stored ? present : try await document(stored: entry.stored)
                do throws(AgentPlan.Problem) {
                    switch try plan.have(entry, present: present, target: target, replacing: replacing) {
                    case .added: result.added.append(entry.name)
                    case .replaced: result.replaced.append(entry.name)
                    case .unchanged: result.unchanged.append(entry.name)
                    }
                } catch {
                    problems.append(.init(service: entry.name, problem: error.text))
                }
            }
            guard problems.isEmpty else { throw Self.notAdded(problems) }
            guard try await carryOut(plan) else { continue }
            let lost = try await settleNames(entries, agent)
            guard lost.isEmpty || replacing else {
                throw Self.notAdded(lost.map { .init(service: $0, problem: "it was added by somebody else meanwhile") })
            }
            guard lost.isEmpty else { continue }
            return result
        }
        throw Self.contended(parsed.services.map(\.name))
    }

    /// Two stores may have added different services under one name of the agent at the same moment: the first stored name stays,
    /// whoever sees both takes the others away.
    ///
    /// - Returns: The names whose services, as they were added here, did not stay.
    private func settleNames(_ entries: [AgentEntry], _ agent: String) async throws(MCPStoreError) -> [String] {
        try await storeErrors { () throws(QueueError) in try await backend.catchUp() }
        var lost: [String] = []
        for entry in entries {
            let stored = follower.withSnapshot { $0.view(scope).allStored(entry.name) }
            for other in stored.dropFirst() { try await leave(stored: other, agent) }
            if let first = stored.first, first != entry.stored { lost.append(entry.name) }
        }
        return lost
    }

    /// The agent is to have this service no longer.
    ///
    /// - Returns: Whether it had it.
    func leave(_ name: String, _ agent: String) async throws(MCPStoreError) -> Bool {
        guard let document = try await agentDocument(name) else { return false }
        try await leave(stored: document.stored, agent)
        return true
    }

    private func leave(stored: String, _ agent: String) async throws(MCPStoreError) {
        for _ in 0..<Self.attempts {
            guard let document = try await document(stored: stored), document.agents?[agent] != nil else { return }
            var plan = AgentPlan(agent: agent)
            plan.leave(document)
            if try await carryOut(plan) { return }
        }
        throw Self.contended([stored])
    }

    /// What the agent has under a name, as it is stored now.
    func agentDocument(_ name: String) async throws(MCPStoreError) -> AgentDocument? {
        guard let agent else { return nil }
        for _ in 0..<Self.attempts {
            guard let stored = try await freshStoredName(name) else { return nil }
            if let document = try await document(stored: stored), document.agents?[agent] == name { return document }
            // The agent has moved on since the snapshot was read.
            try await storeErrors { () throws(QueueError) in try await follower.reload([stored]) }
        }
        throw Self.contended([name])
    }

    /// A document as it is stored now.
    func document(stored: String) async throws(MCPStoreError) -> AgentDocument? {
        guard Name.isValid(stored) else { return nil }
        return try await storeErrors { () throws(QueueError) in try await registry.service(stored) }.map(AgentDocument.init)
    }

    /// Writes what was planned, and removes what nobody has any more.
    ///
    /// - Returns: `false` where somebody was faster; nothing was written then.
    func carryOut(_ plan: AgentPlan) async throws(MCPStoreError) -> Bool {
        guard !plan.writes.isEmpty else { return true }
        let names = plan.writes.map(\.name)
        do throws(MCPStoreError) {
            try await storeErrors { () throws(QueueError) in
                try await backend.announce()
                _ = try await registry.put(plan.writes, by: Self.author)
            }
        } catch {
            guard error.code == .conflict else { throw error }
            return false
        }
        try await storeErrors { () throws(QueueError) in
            for (name, version) in plan.abandoned {
                do throws(QueueError) {
                    guard try await registry.remove(name, expected: version) else { continue }
                } catch {
                    // Another agent has joined it meanwhile: it stays.
                    guard error.code == .conflict else { throw error }
                    continue
                }
                try await backend.bury(name)
            }
            try await backend.changed(names)
            try await follower.reload(names)
        }
        return true
    }

    private static func notAdded(_ problems: [MCPStoreError.ServiceProblem]) -> MCPStoreError {
        var error = MCPStoreError(
            .conflict,
            "nothing was added: \(problems.map(\.description).joined(separator: "; ")); replace it (with replacing: true; on the command line with --replace), update or remove it"
        )
        error.problems = problems
        return error
    }

    static func contended(_ names: [String]) -> MCPStoreError {
        MCPStoreError(.conflict, "others keep changing '\(names.joined(separator: "', '"))' at the same time: try again")
    }
}
