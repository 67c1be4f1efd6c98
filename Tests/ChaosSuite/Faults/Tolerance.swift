/// What callers may see because of a fault, from the least harm to the most.
enum Tolerance: Int, Comparable, Sendable {
    /// Nothing but `ok`.
    case nothing
    /// Also outcomes of accepted calls without an answer: `interrupted`, `timedOut`, `unavailable`.
    case outcomes
    /// Also refusals, after which certainly nothing ran: `notAccepted`, `busy`, `rejected`.
    case refusals
    /// Also `unknown` and `redis`: nobody could say what became of the call.
    case unknown

    static func < (left: Tolerance, right: Tolerance) -> Bool { left.rawValue < right.rawValue }
}
