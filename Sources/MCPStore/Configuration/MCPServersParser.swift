import MCPStoreQueue

/// Reads the `mcpServers` form, in which all MCP programs describe servers, and our own fields beside it.
///
/// Three shapes: `{"mcpServers": {name: entry}}`, the map alone, and a single entry with its name in `name` or given beside it.
/// References such as `${TOKEN}` stay as they are: workers resolve them, so that no secret lies in Redis (invariant I11).
package struct MCPServersParser: Sendable {
    /// More services at once are refused.
    static let mostServices = 1000

    /// What `placement` is where an entry does not say it; `nil` to leave it out.
    private let placement: String?

    package init(placement: String?) { self.placement = placement }

    /// - Parameter name: The name of a single entry that has none.
    /// - Throws: ``MCPStoreError`` (`invalidServices`) with a problem for each service that is wrong.
    package func parse(_ value: JSONValue, name: String? = nil) throws(MCPStoreError) -> ParsedServices {
        var result = ParsedServices()
        var problems: [MCPStoreError.ServiceProblem] = []
        let entries = try entries(value, name: name, warnings: &result.warnings)
        guard !entries.isEmpty else { throw MCPStoreError(.invalidServices, "there are no services in it") }
        guard entries.count <= Self.mostServices else {
            throw MCPStoreError(
                .invalidServices,
                "\(entries.count) services at once are more than the \(Self.mostServices) that are allowed"
            )
        }
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
            var check = ServiceEntryCheck(entry)
            let members = check.run(placement: placement)
            do { try Name.validate(name, as: "service") } catch { check.problems.insert(error.message, at: 0) }
            let shown = String(name.oneLine.prefix(140))
            problems += check.problems.map { .init(service: shown, problem: $0) }
            result.warnings += check.warnings.map { "\(shown): \($0)" }
            result.services.append((name, JSONValue.object(members).buffer))
        }
        guard problems.isEmpty else {
            var error = MCPStoreError(
                .invalidServices,
                "nothing was added: \(problems.prefix(20).map(\.description).joined(separator: "; "))"
            )
            error.problems = problems
            throw error
        }
        return result
    }

    private func entries(_ value: JSONValue, name: String?, warnings: inout [String]) throws(MCPStoreError) -> [String: JSONValue]
    {
        guard let members = value.objectValue else {
            throw MCPStoreError(.invalidServices, "services must be an object such as {\"mcpServers\": {…}}, not \(value.kind)")
        }
        if let servers = members["mcpServers"] {
            guard let map = servers.objectValue else {
                throw MCPStoreError(
                    .invalidServices,
                    "'mcpServers' must be an object with an entry per service, not \(servers.kind)"
                )
            }
            let others = members.keys.filter { $0 != "mcpServers" }.sorted()
            if !others.isEmpty {
                warnings.append("beside 'mcpServers', \(others.map { "'\($0)'" }.joined(separator: ", ").oneLine) is ignored")
            }
            return map
        }
        // In a map of services each member is an entry; in an entry, these are text.
        let isEntry =
            name != nil
            || ["command", "url", "headersHelper", "type", "transport"].contains {
                members[$0].map { $0.objectValue == nil } ?? false
            }
        guard isEntry else { return members }
        guard let name = name ?? members["name"]?.stringValue else {
            throw MCPStoreError(
                .invalidServices,
                "a single service needs a 'name'; or write {\"mcpServers\": {\"its name\": {…}}}"
            )
        }
        return [name: .object(members.filter { $0.key != "name" })]
    }
}
