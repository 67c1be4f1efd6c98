/// How tokens may be signed (RFC 7518, section 3.1; RFC 8037). What is not here, `none` first of all, is refused.
package enum TokenAlgorithm: String, Sendable, CaseIterable {
    /// HMAC with SHA-256 and a shared secret.
    case hs256 = "HS256"
    /// RSASSA-PKCS1-v1_5.
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    /// RSASSA-PSS with SHA-256.
    case ps256 = "PS256"
    /// ECDSA with P-256 and SHA-256.
    case es256 = "ES256"
    /// ECDSA with P-384 and SHA-384.
    case es384 = "ES384"
    /// Ed25519.
    case edDSA = "EdDSA"
}
