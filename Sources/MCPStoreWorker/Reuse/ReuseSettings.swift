/// What an operator says of answers that may be used again: the member `reuse` of a service's configuration and of `toolSettings`.
/// Off where nothing is said.
package struct ReuseSettings: Codable, Sendable, Equatable {
    /// Calls that are the same, and come while one of them runs, get its answer.
    package var inFlight: Bool?
    /// How long an answer is kept for calls that are the same, in milliseconds; 0: not at all.
    package var keepForMs: Int?

    package init() {}

    /// At most a day.
    package static let allowedKeeping = 0...86_400_000
}
