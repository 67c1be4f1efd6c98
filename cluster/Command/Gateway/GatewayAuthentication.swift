import ArgumentParser

/// Who may use a gateway.
enum GatewayAuthentication: String, ExpressibleByArgument, CaseIterable {
    /// Who has an API key of the cluster, or, where an issuer is named, a token of it.
    case keys
    /// Who has a token of the issuer.
    case tokens
    /// Everybody who reaches it: on loopback only.
    case none
}
