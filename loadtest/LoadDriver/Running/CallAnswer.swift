/// How one call ended.
package struct CallAnswer: Sendable, Equatable {
    /// `ok`, `toolError`, `timedOut`, `busy`, …
    package var outcome: String
    /// The first line of an error, kept for a few examples.
    package var message: String?
    /// How long the call waited for a worker, in microseconds.
    package var queued: Int?
    /// How long it ran, in microseconds.
    package var run: Int?
    /// How long its outcome took to the caller, in microseconds.
    package var returned: Int?

    package init(
        outcome: String,
        message: String? = nil,
        queued: Int? = nil,
        run: Int? = nil,
        returned: Int? = nil
    ) {
        self.outcome = outcome
        self.message = message
        self.queued = queued
        self.run = run
        self.returned = returned
    }

    package static let ok = CallAnswer(outcome: Outcomes.ok)
}
