import Foundation
import MCPStore

/// A JSON Web Token in its compact form (RFC 7515, section 3.1; RFC 7519), taken apart. Nothing of it is true before its signature
/// was checked.
struct WebToken: Sendable {
    let algorithm: TokenAlgorithm
    /// `kid`
    let keyID: String?
    /// What is signed: header and claims as they came.
    let signed: Data
    let signature: Data
    private let payload: Data

    /// The most bytes of a token.
    static let mostBytes = 16_384
    /// Kinds of tokens that grant access (RFC 9068 names `at+jwt`): one that was made for something else is none.
    private static let kinds: Set<String> = ["jwt", "at+jwt", "application/at+jwt", "application/jwt"]

    /// - Throws: ``TokenRefusal``
    init(_ text: String) throws(TokenRefusal) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.mostBytes, parts.count == 3, let header = Base64URL.decode(parts[0]),
            let payload = Base64URL.decode(parts[1]), let signature = Base64URL.decode(parts[2])
        else { throw TokenRefusal("the token is neither a key of this cluster nor a signed JWT") }
        let fields = try Self.object(header, "header")
        guard fields["crit"] == nil else { throw TokenRefusal("the token demands extensions ('crit'), of which none is known") }
        guard let name = fields["alg"]?.stringValue, let algorithm = TokenAlgorithm(rawValue: name) else {
            throw TokenRefusal("the token is signed with no algorithm that is taken here, or not at all")
        }
        if let kind = fields["typ"] {
            guard let text = kind.stringValue, Self.kinds.contains(text.lowercased()) else {
                throw TokenRefusal("the token's 'typ' is none of an access token")
            }
        }
        if let id = fields["kid"] {
            guard let text = id.stringValue else { throw TokenRefusal("the token's 'kid' is no string") }
            keyID = text
        } else {
            keyID = nil
        }
        // Keys that a token brings along or points to ('jwk', 'jku', 'x5c', 'x5u') are never looked at.
        self.algorithm = algorithm
        self.payload = payload
        self.signature = signature
        signed = Data(text.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count))
    }

    /// What it says, once one of the keys has shown that its issuer says so.
    ///
    /// - Parameter keys: Keys for its algorithm.
    /// - Throws: ``TokenRefusal``
    func claims(checkedWith keys: [TokenKey]) throws(TokenRefusal) -> [String: JSONValue] {
        guard keys.contains(where: { $0.algorithm == algorithm && $0.accepts(signature, of: signed) }) else {
            throw TokenRefusal("the token's signature is not that of a key that this gateway trusts")
        }
        return try Self.object(payload, "payload")
    }

    private static func object(_ data: Data, _ part: String) throws(TokenRefusal) -> [String: JSONValue] {
        let value: JSONValue
        do { value = try JSONValue(parsing: data) } catch { throw TokenRefusal("the token's \(part) is no JSON") }
        guard let members = value.objectValue else { throw TokenRefusal("the token's \(part) is no JSON object") }
        return members
    }
}
