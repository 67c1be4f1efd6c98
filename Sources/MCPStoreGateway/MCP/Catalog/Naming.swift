import MCPStore

/// How clients are shown the names of tools and prompts.
package enum Naming: String, Sendable, CaseIterable {
    /// The own name where one service has it, `service_tool` where several do. The default.
    case clear
    /// Always `service_tool`: a name that no other service can make ambiguous.
    case qualified

    /// The name by which exactly this tool is found, so that a call of a listed name is never ambiguous.
    ///
    /// - Returns: `nil` where no name means it and nothing else.
    func name(of own: String, _ service: SnapshotService, in resolver: ToolResolver) -> String? {
        let qualified = "\(service.name)_\(own)"
        let names = [qualified, "mcp_" + qualified]
        return (self == .clear ? [own] + names : names + [own]).first { name in
            guard case .found(let target) = resolver.resolve(name) else { return false }
            return target.service == service.id && target.tool == own
        }
    }
}
