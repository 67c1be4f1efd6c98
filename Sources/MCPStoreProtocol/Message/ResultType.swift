/// What a result is, by its member `resultType` (2026-07-28).
package enum ResultType: Sendable, Equatable {
    /// The final result; also when the member is absent, as from legacy servers.
    case complete
    /// The server needs more input; the request is to be sent again with answers.
    case inputRequired
    /// The server goes on in a task of its own.
    case task
    /// A type that we do not know.
    case other(String)
}
