/// The figures of one mix entry.
package struct GroupReport: Codable, Sendable, Equatable {
    package var calls: UInt64
    /// Answers with `ok` a second.
    package var rate: Double
    /// By the name of the ``Leg``.
    package var legs: [String: LegReport]

    init(_ record: GroupRecord, seconds: Double) {
        calls = record.calls
        rate = seconds > 0 ? (Double(record.answered) / seconds * 10).rounded() / 10 : 0
        legs = record.legs.reduce(into: [:]) { $0[$1.key.rawValue] = LegReport($1.value) }
    }

    package subscript(leg: Leg) -> LegReport? { legs[leg.rawValue] }
}
