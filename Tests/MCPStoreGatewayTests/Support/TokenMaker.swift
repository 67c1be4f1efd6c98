import Crypto
import CryptoExtras
import Foundation
import Logging
import MCPStore

@testable import MCPStoreGateway

/// An issuer of tokens with a key of each kind, and what it can do wrong.
struct TokenMaker: Sendable {
    static let issuer = "https://login.example"
    static let audience = "https://tools.example/mcp"
    static let now = 1_800_000_000.0

    let edKey = Curve25519.Signing.PrivateKey()
    let p256 = P256.Signing.PrivateKey()
    let p384 = P384.Signing.PrivateKey()
    let rsa: _RSA.Signing.PrivateKey
    let secret = Data((0..<32).map { UInt8($0) })

    /// Making an RSA key takes its time: one is enough.
    private static let rsaKey = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }

    init() throws { rsa = try Self.rsaKey.get() }

    /// The public keys, each with its algorithm as its `kid`.
    func jwks() throws -> JSONValue {
        let numbers = try rsa.publicKey.getKeyPrimitives()
        func text(_ data: some Sequence<UInt8>) -> JSONValue { .string(Base64URL.encode(data)) }
        func point(_ data: Data) -> (JSONValue, JSONValue) {
            let half = data.count / 2
            return (text(data.prefix(half)), text(data.suffix(half)))
        }
        let (x, y) = point(p256.publicKey.rawRepresentation)
        let (x3, y3) = point(p384.publicKey.rawRepresentation)
        let n = text(numbers.modulus)
        let e = text(numbers.publicExponent)
        let pss: JSONValue = ["kty": "RSA", "kid": "PS256", "alg": "PS256", "n": n, "e": e]
        return [
            "keys": [
                ["kty": "RSA", "kid": "RS256", "use": "sig", "n": n, "e": e], pss,
                ["kty": "EC", "kid": "ES256", "crv": "P-256", "x": x, "y": y],
                ["kty": "EC", "kid": "ES384", "crv": "P-384", "x": x3, "y": y3],
                ["kty": "OKP", "kid": "EdDSA", "crv": "Ed25519", "x": text(edKey.publicKey.rawRepresentation)],
                // What is of no use does no harm.
                ["kty": "oct", "kid": "HS256", "k": text(secret)], ["kty": "RSA", "use": "enc", "kid": "enc", "n": n, "e": e],
                ["kty": "EC", "crv": "secp256k1", "x": x, "y": y], ["kty": "new", "kid": "RS256"],
            ]
        ]
    }

    func keySet() throws -> TokenKeySet { try TokenKeySet(jwks: Data(try jwks().description.utf8)) }

    /// Claims that are in order.
    static func claims(_ changes: [String: JSONValue?] = [:]) -> [String: JSONValue] {
        var claims: [String: JSONValue] = [
            "iss": .string(issuer), "aud": .string(audience), "sub": "user-1", "exp": .integer(Int(now) + 60),
            "mcpstore": ["spaces": ["default:default"], "roles": ["call"]],
        ]
        for (name, value) in changes { claims[name] = value }
        return claims
    }

    /// A token.
    ///
    /// - Parameters:
    ///   - algorithm: What its header says.
    ///   - signing: What it is signed with, where that is another.
    func token(
        _ claims: [String: JSONValue] = Self.claims(),
        _ algorithm: String = "EdDSA",
        signing: String? = nil,
        header: [String: JSONValue] = [:]
    ) throws -> String {
        var fields: [String: JSONValue] = ["alg": .string(algorithm), "kid": .string(algorithm), "typ": "at+jwt"]
        fields.merge(header) { $1 }
        return try token(header: JSONValue.object(fields).description, JSONValue.object(claims).description, signing ?? algorithm)
    }

    /// A token of any texts.
    func token(header: String, _ payload: String, _ algorithm: String) throws -> String {
        let signed = "\(Base64URL.encode(header.utf8)).\(Base64URL.encode(payload.utf8))"
        return "\(signed).\(Base64URL.encode(try signature(Data(signed.utf8), algorithm)))"
    }

    private func signature(_ message: Data, _ algorithm: String) throws -> Data {
        switch algorithm {
        case "EdDSA": return try edKey.signature(for: message)
        case "ES256": return try p256.signature(for: message).rawRepresentation
        case "ES384": return try p384.signature(for: message).rawRepresentation
        case "RS256":
            return try rsa.signature(for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5).rawRepresentation
        case "PS256": return try rsa.signature(for: SHA256.hash(data: message), padding: .PSS).rawRepresentation
        case "HS256": return mac(message, secret)
        // The classic: the public key, which everybody has, as the secret of a MAC.
        case "HS256 with the RSA key": return mac(message, Data(rsa.publicKey.pemRepresentation.utf8))
        case "HS256 with the Ed25519 key": return mac(message, edKey.publicKey.rawRepresentation)
        default: return Data()
        }
    }

    private func mac(_ message: Data, _ key: Data) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
    }

    static let rules = TokenRules(issuer: issuer, audiences: [audience])

    /// What takes its tokens.
    func authenticator(
        mapping: ClaimMapping = ClaimMapping(),
        now: @escaping @Sendable () -> Double = { Self.now }
    ) throws -> TokenAuthenticator {
        TokenAuthenticator(keys: TokenKeySource(fixed: try keySet()), rules: Self.rules, mapping: mapping, now: now)
    }
}
