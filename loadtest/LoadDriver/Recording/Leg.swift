/// A part of the way of a call.
package enum Leg: String, Codable, Sendable, CaseIterable {
    /// From the intended start to the answer.
    case total
    /// Until a worker took the call.
    case queued
    /// On the worker.
    case run
    /// From the end of the run to the caller.
    case returned
}
