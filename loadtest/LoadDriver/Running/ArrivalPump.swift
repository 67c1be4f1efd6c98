/// The arrivals of a run, warm-up first, at times of the run's clock.
struct ArrivalPump: Sendable {
    private var warmUp: ArrivalSequence
    private var measured: ArrivalSequence
    private let start: UInt64
    private let span: CallSpan
    private(set) var next: UInt64?

    /// - Parameter start: When the warm-up begins.
    init(_ scenario: Scenario, start: UInt64, span: CallSpan) {
        warmUp = ArrivalSequence(scenario.load.warmUp, seconds: scenario.warmUp, seed: ~scenario.seed)
        measured = ArrivalSequence(scenario.load, seconds: scenario.seconds, seed: scenario.seed)
        self.start = start
        self.span = span
        advance()
    }

    /// The next arrival if it is due; it is taken out.
    mutating func takeDue(at now: UInt64) -> UInt64? {
        guard let due = next, due <= now else { return nil }
        advance()
        return due
    }

    private mutating func advance() {
        next = warmUp.next().map { start + $0 } ?? measured.next().map { span.start + $0 }
    }
}
