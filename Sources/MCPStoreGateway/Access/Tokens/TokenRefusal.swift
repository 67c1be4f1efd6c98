/// Why a token is none: for the client that sent it, so without anything of the token that could be a secret.
package struct TokenRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
