import LoadDriver

/// Which faults happen when: a pure function of the seed, the time, and the faults to choose from.
struct Schedule: Equatable, Sendable {
    /// Calm before the first fault, in milliseconds.
    static let calmBefore = 1500
    /// Calm after the last one, so that a run ends with a cluster that has recovered under load.
    static let calmAfter = 3000
    /// Between two faults.
    static let gaps = 300...2500

    let events: [PlannedFault]

    /// One fault after another until the time is over. They come in shuffled rounds: each one once before any comes again.
    ///
    /// - Parameters:
    ///   - milliseconds: How long the load lasts.
    ///   - faults: Name and possible lengths in milliseconds of each fault.
    init(seed: UInt64, milliseconds: Int, faults: [(name: String, lengths: ClosedRange<Int>)]) {
        var random = SeededGenerator(seed: seed)
        var events: [PlannedFault] = []
        var deck: [(name: String, lengths: ClosedRange<Int>)] = []
        var time = Self.calmBefore
        let end = milliseconds - Self.calmAfter
        while !faults.isEmpty {
            if deck.isEmpty { deck = faults.shuffled(using: &random) }
            let fault = deck.removeLast()
            let event = PlannedFault(
                name: fault.name,
                at: time,
                length: Int.random(in: fault.lengths, using: &random),
                draw: random.next()
            )
            guard event.at + event.length <= end else { break }
            events.append(event)
            time = event.at + event.length + Int.random(in: Self.gaps, using: &random)
        }
        self.events = events
    }
}
