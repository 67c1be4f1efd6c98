import Foundation
import MCPStore

/// The keys of an issuer.
package struct TokenKeySet: Sendable {
    private let keys: [TokenKey]

    /// Keys of one set that are looked at.
    private static let most = 100
    /// Keys that one token without a `kid` is tried with.
    private static let mostTried = 8

    package init(_ keys: [TokenKey]) { self.keys = keys }

    /// Reads a JWK set (RFC 7517, section 5). Keys of other kinds and uses are left out.
    ///
    /// - Throws: ``TokenRefusal`` where it is none, or none of its keys is of use.
    package init(jwks: Data) throws(TokenRefusal) {
        let document: JSONValue
        do { document = try JSONValue(parsing: jwks) } catch { throw TokenRefusal("it is no JSON") }
        guard let members = document["keys"]?.arrayValue else { throw TokenRefusal("it has no array 'keys'") }
        var keys: [TokenKey] = []
        var problem: TokenRefusal?
        for member in members.prefix(Self.most) {
            do throws(TokenRefusal) {
                if let key = try TokenKey(member) { keys.append(key) }
            } catch {
                problem = error
            }
        }
        guard !keys.isEmpty else {
            throw problem ?? TokenRefusal("none of its keys signs tokens with RS256, PS256, ES256, ES384 or EdDSA")
        }
        self.keys = keys
    }

    /// The keys that may have signed a token.
    ///
    /// - Parameter id: The `kid` of the token; `nil` where it has none.
    func keys(for algorithm: TokenAlgorithm, id: String?) -> [TokenKey] {
        let all = keys.filter { $0.algorithm == algorithm && (id == nil || $0.id == nil || $0.id == id) }
        return Array(all.prefix(Self.mostTried))
    }
}
