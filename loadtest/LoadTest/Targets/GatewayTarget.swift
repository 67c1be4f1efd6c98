import LoadDriver

/// Calls as any MCP client makes them: over HTTP through a gateway, the queue and the workers, to an MCP server.
final class GatewayTarget: LoadTarget {
    private let tenants: [DirectTarget]

    /// - Parameter tenants: A session with the gateway for the space of each tenant. Who opened them closes them.
    init(_ tenants: [DirectTarget]) { self.tenants = tenants }

    func call(_ call: PlannedCall) async -> CallAnswer { await tenants[call.tenant % tenants.count].call(call) }
}
