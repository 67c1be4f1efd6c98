import Crypto
import Foundation
import NIOConcurrencyHelpers

/// Knows bearers of JSON Web Tokens. A token that was found good is believed for half a minute without looking at it again, but
/// never beyond its own end.
package final class TokenAuthenticator: Authenticator {
    private struct Entry {
        var principal: Principal
        /// Seconds since 1970.
        var until: Double
    }

    /// Seconds for which a token that was good is believed.
    static let believed = 30.0
    /// Tokens that are remembered; then all are forgotten and checked anew.
    static let most = 10_000

    private let keys: TokenKeySource
    private let rules: TokenRules
    private let mapping: ClaimMapping
    private let now: @Sendable () -> Double
    private let entries = NIOLockedValueBox<[SHA256Digest: Entry]>([:])

    /// - Parameter now: Seconds since 1970.
    package init(
        keys: TokenKeySource,
        rules: TokenRules,
        mapping: ClaimMapping,
        now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }
    ) {
        self.keys = keys
        self.rules = rules
        self.mapping = mapping
        self.now = now
    }

    package func principal(for text: String) async throws(Problem) -> Principal? {
        let digest = SHA256.hash(data: Data(text.utf8))
        let now = now()
        if let known = entries.withLockedValue({ $0[digest] }), now < known.until { return known.principal }
        do {
            let token = try WebToken(text)
            let claims = try token.claims(checkedWith: try await keys.keys(for: token.algorithm, id: token.keyID))
            let end = try rules.check(claims, now: now)
            let entry = Entry(principal: try mapping.principal(claims), until: min(end, now + Self.believed))
            entries.withLockedValue { entries in
                if entries.count >= Self.most { entries.removeAll() }
                entries[digest] = entry
            }
            return entry.principal
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem.unauthorized("\(error)", error: "invalid_token")
        }
    }
}
