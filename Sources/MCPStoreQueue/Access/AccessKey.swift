import Crypto
import Foundation

/// An API key as it is stored (`{pool}:keys`): all about it but its secret, of which there is a digest only.
package struct AccessKey: Codable, Sendable, Equatable {
    /// The part of the key that names it: 10 of `0-9 a-z`.
    package var id: String
    /// What people call it.
    package var name: String
    /// SHA-256 of the secret, as hexadecimal digits. A secret has 192 random bits: nothing slower is needed.
    package var digest: String
    /// The spaces that it reaches: patterns `namespace:dataspace`.
    package var spaces: [String]
    /// The tools that it sees, by the names that clients use, as patterns.
    package var tools: [String]
    package var roles: [AccessRole]
    /// ISO 8601, UTC.
    package var created: String
    package var by: String
    /// Milliseconds since 1970 from which on it is refused; `nil`: never.
    package var expires: Int?
    /// How much its bearer may ask for; `nil`: what the gateways give everybody.
    package var limits: AccessLimits?

    /// Makes a key.
    ///
    /// - Parameters:
    ///   - spaces: At least one.
    ///   - lifetime: `nil`: it does not expire.
    /// - Returns: What is stored, and the key itself, which is nowhere else: `mcps_{id}_{secret}`.
    package static func make(
        name: String,
        spaces: [SpacePattern],
        tools: [NamePattern],
        roles: [AccessRole],
        lifetime: Duration?,
        limits: AccessLimits? = nil,
        by: String
    ) -> (key: AccessKey, text: String) {
        let letters = Array("0123456789abcdefghijklmnopqrstuvwxyz")
        var random = SystemRandomNumberGenerator()
        let id = String((0..<10).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] })
        let secret = (0..<24).map { _ in UInt8.random(in: .min ... .max, using: &random) }.hexadecimal
        let key = AccessKey(
            id: id,
            name: name,
            digest: digest(of: secret),
            spaces: spaces.map(\.description),
            tools: tools.map(\.description),
            roles: Array(Set(roles)).sorted(),
            created: ISO8601.now(),
            by: by,
            expires: lifetime.map { Int(Date().timeIntervalSince1970 * 1000) + Int($0 / .milliseconds(1)) },
            limits: limits
        )
        return (key, "\(prefix)_\(id)_\(secret)")
    }

    /// What every key begins with, so that scanners of repositories find one that was left in a file.
    package static let prefix = "mcps"

    /// Takes a key apart.
    ///
    /// - Returns: `nil` for what is no key of ours.
    package static func parts(of text: String) -> (id: String, secret: String)? {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == prefix[...], parts[1].utf8.count == 10, parts[2].utf8.count == 48,
            parts[1].utf8.allSatisfy(Name.isAllowed)
        else { return nil }
        return (String(parts[1]), String(parts[2]))
    }

    /// Whether this is the key with that secret. Takes as long for a wrong one.
    package func matches(secret: String) -> Bool {
        let (given, known) = (Array(Self.digest(of: secret).utf8), Array(digest.utf8))
        guard given.count == known.count else { return false }
        return zip(given, known).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func digest(of secret: String) -> String {
        SHA256.hash(data: Data(secret.utf8)).hexadecimal
    }
}
