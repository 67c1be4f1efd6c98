import Foundation

/// What a run has measured.
package struct LoadMeasurement: Sendable {
    package var scenario: Scenario
    package var started: Date
    /// How long was measured: less than the scenario says where the run was ended early.
    package var seconds: Double
    /// By mix entry.
    package var groups: [String: GroupRecord]
    package var outcomes: [String: UInt64]
    /// A few messages of each outcome that is no ``Outcomes/ok``.
    package var examples: [String: [String]]
    package var series: [SecondFigures]
    /// How late the driver itself started calls; nothing for a closed loop.
    package var lateness: LatencyHistogram?
    /// Whether the run was cancelled.
    package var endedEarly: Bool
    /// Calls that were in flight when the run was cancelled. They are in no other figure.
    package var leftOut: Int

    /// All groups together.
    package var all: GroupRecord {
        groups.values.reduce(into: GroupRecord()) { $0.add($1) }
    }
}
