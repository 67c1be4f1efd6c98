import Crypto
import CryptoExtras
import Foundation
import MCPStore

/// A key that checks signatures. It belongs to one algorithm: what a token says of its algorithm never decides what a key is used
/// for (RFC 8725, section 3.1).
package struct TokenKey: Sendable {
    private enum Material: Sendable {
        case secret(SymmetricKey)
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case p384(P384.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    /// The `kid` by which tokens name it; `nil` where it has none.
    package let id: String?
    /// The one algorithm that it is for.
    package let algorithm: TokenAlgorithm
    private let material: Material

    /// The fewest bytes of a shared secret (RFC 7518, section 3.2).
    static let leastSecret = 32
    /// The most bytes of the modulus of an RSA key: larger ones cost time without need.
    private static let mostModulus = 1024

    /// A secret that issuer and gateway share, for `HS256`.
    ///
    /// - Throws: ``TokenRefusal`` where it is too short to be one.
    package init(secret: some Collection<UInt8>) throws(TokenRefusal) {
        guard secret.count >= Self.leastSecret else {
            throw TokenRefusal("the shared secret has \(secret.count) bytes: HS256 needs at least \(Self.leastSecret)")
        }
        id = nil
        algorithm = .hs256
        material = .secret(SymmetricKey(data: Data(secret)))
    }

    /// A public key as a JWK (RFC 7517).
    ///
    /// - Returns: `nil` for one that is of another kind or for another use: sets may hold such.
    /// - Throws: ``TokenRefusal`` for one that is broken.
    init?(_ key: JSONValue) throws(TokenRefusal) {
        guard let kind = key["kty"]?.stringValue else { throw TokenRefusal("a key has no 'kty'") }
        if let use = key["use"], use != "sig" { return nil }
        if let operations = key["key_ops"]?.arrayValue, !operations.contains("verify") { return nil }
        let named = key["alg"]?.stringValue
        let curve = key["crv"]?.stringValue
        func bytes(_ name: String) throws(TokenRefusal) -> Data {
            guard let data = key[name]?.stringValue.flatMap({ Base64URL.decode($0) }), !data.isEmpty else {
                throw TokenRefusal("a key of the kind \(kind) has no '\(name)' in base64url")
            }
            return data
        }
        let allowed: [TokenAlgorithm]
        do {
            switch (kind, curve) {
            case ("RSA", _):
                // A key that does not say its algorithm is for the one that everybody has.
                allowed = named == nil ? [.rs256] : [.rs256, .rs384, .rs512, .ps256]
                let modulus = try bytes("n")
                guard modulus.count <= Self.mostModulus else { throw TokenRefusal("an RSA key is too large") }
                material = .rsa(try _RSA.Signing.PublicKey(n: modulus, e: try bytes("e")))
            case ("EC", "P-256"):
                allowed = [.es256]
                material = .p256(try P256.Signing.PublicKey(x963Representation: [4] + (try bytes("x")) + (try bytes("y"))))
            case ("EC", "P-384"):
                allowed = [.es384]
                material = .p384(try P384.Signing.PublicKey(x963Representation: [4] + (try bytes("x")) + (try bytes("y"))))
            case ("OKP", "Ed25519"):
                allowed = [.edDSA]
                material = .ed25519(try Curve25519.Signing.PublicKey(rawRepresentation: try bytes("x")))
            // A secret in a set that can be fetched is none: symmetric keys are never taken from there.
            default: return nil
            }
        } catch let error as TokenRefusal {
            throw error
        } catch {
            throw TokenRefusal("a key of the kind \(kind) is not valid")
        }
        if let named {
            // RFC 9864 calls EdDSA with this curve by the curve's name.
            let name = named == "Ed25519" ? TokenAlgorithm.edDSA.rawValue : named
            guard let algorithm = TokenAlgorithm(rawValue: name), allowed.contains(algorithm) else { return nil }
            self.algorithm = algorithm
        } else {
            algorithm = allowed[0]
        }
        id = key["kid"]?.stringValue
    }

    /// Whether these bytes are signed with it. Takes as long for a wrong MAC as for a right one.
    func accepts(_ signature: Data, of message: Data) -> Bool {
        switch material {
        case .secret(let key):
            return HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: message, using: key)
        case .rsa(let key):
            let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
            switch algorithm {
            case .rs256: return key.isValidSignature(signature, for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
            case .rs384: return key.isValidSignature(signature, for: SHA384.hash(data: message), padding: .insecurePKCS1v1_5)
            case .rs512: return key.isValidSignature(signature, for: SHA512.hash(data: message), padding: .insecurePKCS1v1_5)
            case .ps256: return key.isValidSignature(signature, for: SHA256.hash(data: message), padding: .PSS)
            default: return false
            }
        case .p256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: message)
        case .p384(let key):
            guard let signature = try? P384.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: message)
        case .ed25519(let key): return key.isValidSignature(signature, for: message)
        }
    }
}
