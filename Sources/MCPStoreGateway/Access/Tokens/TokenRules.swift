import MCPStore

/// Which tokens are taken: by whom they were made, for whom, and when.
package struct TokenRules: Sendable, Equatable {
    /// What `iss` must be.
    package var issuer: String
    /// One of these must be in `aud`.
    package var audiences: Set<String>
    /// Seconds by which the clocks of issuer and gateway may differ.
    package var leeway: Double

    package init(issuer: String, audiences: Set<String>, leeway: Double = 30) {
        self.issuer = issuer
        self.audiences = audiences
        self.leeway = leeway
    }

    /// Checks issuer, audience and times.
    ///
    /// - Parameter now: Seconds since 1970.
    /// - Returns: Seconds since 1970 until which the token is taken.
    /// - Throws: ``TokenRefusal``
    func check(_ claims: [String: JSONValue], now: Double) throws(TokenRefusal) -> Double {
        guard claims["iss"]?.stringValue == issuer else {
            throw TokenRefusal("the token's issuer ('iss') is not the one that this gateway trusts")
        }
        let given: [JSONValue] =
            switch claims["aud"] {
            case .array(let all)?: all
            case let one?: [one]
            case nil: []
            }
        guard given.contains(where: { $0.stringValue.map(audiences.contains) ?? false }) else {
            throw TokenRefusal("the token is not made for this gateway ('aud')")
        }
        guard let expires = claims["exp"]?.numberValue, expires.isFinite else {
            throw TokenRefusal("the token does not say until when it is valid ('exp')")
        }
        guard now < expires + leeway else { throw TokenRefusal("the token is over ('exp')") }
        if let begins = claims["nbf"] {
            guard let begins = begins.numberValue, begins.isFinite else { throw TokenRefusal("the token's 'nbf' is no time") }
            guard now >= begins - leeway else { throw TokenRefusal("the token is not valid yet ('nbf')") }
        }
        return expires + leeway
    }
}
