/// How many jobs all lanes of a space hold: a state machine without I/O.
struct SpaceDepth {
    /// Between two looks, in microseconds.
    static let interval = 1_000_000
    /// Services that are looked at; what lies in those behind is not seen.
    static let mostServices = 1000

    private(set) var gauge = DepthGauge()
    private var missing = 0
    private var sum = 0

    init() {}

    mutating func submit() { gauge.submit() }

    /// Whether to look now: once a second, and not while a look is under way.
    mutating func shouldAsk(now: Int) -> Bool {
        guard missing == 0, gauge.asked == .min || now - gauge.asked >= Self.interval else { return false }
        gauge.ask(now: now)
        return true
    }

    /// A look at so many lanes is under way.
    mutating func begin(lanes: Int) {
        missing = lanes
        sum = 0
        if lanes == 0 { gauge.answered(length: 0, now: gauge.asked) }
    }

    /// The length of one of them; 0 where it could not be read.
    mutating func answered(length: Int, now: Int) {
        guard missing > 0 else { return }
        sum += length
        missing -= 1
        if missing == 0 { gauge.answered(length: sum, now: now) }
    }
}
