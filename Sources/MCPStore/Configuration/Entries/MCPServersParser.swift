import MCPStoreQueue

/// Reads descriptions of servers in every form in which MCP programs write them (`docs/configuration.md`), and writes them in
/// one.
///
/// Shapes: a map of servers under `mcpServers`, `servers` (VS Code), `mcp.servers`, `mcp` (opencode), `context_servers` (Zed)
/// or `mcp_servers` (Codex), the map alone, and a single entry with its name in `name` or given beside it.
/// References such as `${TOKEN}` stay references: workers resolve them, so that no secret lies in Redis (invariant I11).
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
        let entries = try entries(value, name: name, warnings: &result.warnings, problems: &problems)
        guard !entries.isEmpty else { throw MCPStoreError(.invalidServices, "there are no services in it") }
        guard entries.count <= Self.mostServices else {
            throw MCPStoreError(
                .invalidServices,
                "\(entries.count) services at once are more than the \(Self.mostServices) that are allowed"
            )
        }
        for (name, (entry, form)) in entries.sorted(by: { $0.key < $1.key }) {
            let (members, check) = check(entry, form: form, name: name)
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

    /// Checks one entry; what is wrong with its name is a problem too.
    func check(_ entry: JSONValue, form: ServerForm, name: String) -> (members: [String: JSONValue], check: ServiceEntryCheck) {
        var check = ServiceEntryCheck(entry, form: form, service: name)
        let members = check.run(placement: placement)
        do { try Name.validate(name, as: "service") } catch { check.problems.insert(error.message, at: 0) }
        return (members, check)
    }

    private typealias Entries = [String: (entry: JSONValue, form: ServerForm)]

    private func entries(
        _ value: JSONValue,
        name: String?,
        warnings: inout [String],
        problems: inout [MCPStoreError.ServiceProblem]
    ) throws(MCPStoreError) -> Entries {
        guard let members = value.objectValue else {
            throw MCPStoreError(.invalidServices, "services must be an object such as {\"mcpServers\": {…}}, not \(value.kind)")
        }
        if name == nil || members["mcpServers"] != nil {
            let maps = try ServerMap.all(in: members)
            if !maps.isEmpty { return Self.merge(maps, of: members, &warnings, &problems) }
        }
        guard name != nil || ServerMap.isEntry(value) else { return members.mapValues { ($0, .common) } }
        guard let name = name ?? members["name"]?.stringValue else {
            throw MCPStoreError(
                .invalidServices,
                "a single service needs a 'name'; or write {\"mcpServers\": {\"its name\": {…}}}"
            )
        }
        return [name: (.object(members.filter { $0.key != "name" }), .common)]
    }

    private static func merge(
        _ maps: [ServerMap],
        of members: [String: JSONValue],
        _ warnings: inout [String],
        _ problems: inout [MCPStoreError.ServiceProblem]
    ) -> Entries {
        var entries: Entries = [:]
        for map in maps {
            for (name, entry) in map.entries.sorted(by: { $0.key < $1.key }) {
                guard entries[name].map({ $0.entry == entry }) != false else {
                    let shown = String(name.oneLine.prefix(140))
                    problems.append(.init(service: shown, problem: "it is described twice, also under '\(map.path.oneLine)'"))
                    continue
                }
                entries[name] = (entry, map.form)
            }
        }
        let used = Set(maps.map { String($0.path.prefix { $0 != "." }) }).union(["inputs", "mcp.servers", "$schema"])
        let others = members.keys.filter { !used.contains($0) }.sorted()
        if !others.isEmpty {
            let place = maps.count == 1 ? "'\(maps[0].path)'" : "the services"
            warnings.append("beside \(place), \(others.map { "'\($0)'" }.joined(separator: ", ").oneLine) is ignored")
        }
        return entries
    }
}
