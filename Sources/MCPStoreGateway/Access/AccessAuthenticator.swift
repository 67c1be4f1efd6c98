import MCPStoreQueue

/// Knows who comes with a key of the cluster, and who with a token of an issuer.
package struct AccessAuthenticator: Authenticator {
    private let keys: KeyAuthenticator?
    private let tokens: TokenAuthenticator?

    /// - Parameters:
    ///   - keys: `nil`: no keys are taken.
    ///   - tokens: `nil`: no tokens are taken.
    package init(keys: KeyAuthenticator?, tokens: TokenAuthenticator?) {
        self.keys = keys
        self.tokens = tokens
    }

    package func principal(for token: String) async throws(Problem) -> Principal? {
        if token.hasPrefix("\(AccessKey.prefix)_") { return try await keys?.principal(for: token) }
        return try await tokens?.principal(for: token)
    }
}
