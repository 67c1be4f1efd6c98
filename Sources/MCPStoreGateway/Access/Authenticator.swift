/// Says who it is that comes with a token.
package protocol Authenticator: Sendable {
    /// - Parameter token: What follows `Bearer` in `Authorization`.
    /// - Returns: `nil` for a token that is none, is over, or was taken back.
    /// - Throws: ``Problem`` 503 where that cannot be known now.
    func principal(for token: String) async throws(Problem) -> Principal?
}
