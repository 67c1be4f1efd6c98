import ArgumentParser

/// Who may use a gateway.
enum GatewayAuthentication: String, ExpressibleByArgument, CaseIterable {
    /// Who has an API key of the cluster.
    case keys
    /// Everybody who reaches it.
    case none
}
