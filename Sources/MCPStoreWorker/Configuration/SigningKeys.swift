import Crypto
import CryptoExtras
import Foundation
import MCPStoreQueue

/// The public keys of the operators whose signatures a worker accepts.
package struct SigningKeys: Sendable, Equatable {
    /// Why a text is no key; one line that a person can act on.
    package struct Unreadable: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    private let keys: [String: Curve25519.Signing.PublicKey]

    package init(_ keys: [Curve25519.Signing.PublicKey]) {
        self.keys = Dictionary(keys.map { (Self.id(of: $0), $0) }) { first, _ in first }
    }

    /// Reads Ed25519 public keys, one or several PEM blocks `PUBLIC KEY`, as `openssl pkey -pubout` writes them.
    ///
    /// - Throws: ``Unreadable``
    package init(pem text: String) throws(Unreadable) {
        let end = "-----END PUBLIC KEY-----"
        var keys: [Curve25519.Signing.PublicKey] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "-----BEGIN "), let stop = rest[start.lowerBound...].firstRange(of: end) {
            do {
                let block = String(rest[start.lowerBound..<stop.upperBound])
                keys.append(try Curve25519.Signing.PublicKey(pemRepresentation: block))
            } catch {
                throw Unreadable(description: "it holds a key that is no Ed25519 public key")
            }
            rest = rest[stop.upperBound...]
        }
        guard !keys.isEmpty else {
            throw Unreadable(description: "it holds no public key: openssl pkey -in FILE -pubout writes one")
        }
        self.init(keys)
    }

    /// Reads an Ed25519 private key in a PEM block `PRIVATE KEY`, as `openssl genpkey -algorithm ed25519` writes it.
    ///
    /// - Throws: ``Unreadable``
    package static func privateKey(pem text: String) throws(Unreadable) -> Curve25519.Signing.PrivateKey {
        do { return try Curve25519.Signing.PrivateKey(pemRepresentation: text) } catch {
            throw Unreadable(
                description: "it holds no Ed25519 private key without a password: openssl genpkey -algorithm ed25519 makes one"
            )
        }
    }

    /// What a key is called in signatures: the first 16 hexadecimal digits of the SHA-256 of its bytes.
    package static func id(of key: Curve25519.Signing.PublicKey) -> String {
        String(SHA256.hash(data: key.rawRepresentation).hexadecimal.prefix(16))
    }

    package subscript(id: String) -> Curve25519.Signing.PublicKey? { keys[id] }

    /// Their names.
    package var ids: [String] { keys.keys.sorted() }

    package static func == (left: SigningKeys, right: SigningKeys) -> Bool {
        left.keys.mapValues(\.rawRepresentation) == right.keys.mapValues(\.rawRepresentation)
    }
}
