/// The outcomes that the driver itself knows.
package enum Outcomes {
    /// The only outcome that is no error.
    package static let ok = "ok"
    /// More calls were in flight than the scenario allows.
    package static let notStarted = "notStarted"
    /// Still in flight when the scenario's timeout after the end had passed.
    package static let unanswered = "unanswered"
}
