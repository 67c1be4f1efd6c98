/// How many jobs all lanes of a space hold, where that is limited: a state machine without I/O.
///
/// It goes by looks at the lanes and by what this process has submitted since. Other processes submit too: together they may go beyond the
/// limit by what they submit between two looks.
struct SpaceDepth {
    /// What becomes of jobs that are to be submitted.
    enum Admission: Equatable, Sendable {
        case admitted
        /// So many are there; in how many milliseconds there may be room.
        case refused(length: Int, retryAfter: Int)
        /// Nobody knows: look, after so many microseconds.
        case unknown(pause: Int)
    }

    /// How long a look admits jobs, in microseconds.
    static let admits = 1_000_000
    /// How long it refuses some, in microseconds: who comes back is not to be refused by what lay there before.
    static let refuses = 100_000
    /// Between two looks, in microseconds: near the limit each submission may want one.
    static let between = 10_000
    /// Services that are looked at; what lies in those behind is not seen.
    static let mostServices = 1000

    private var gauge = DepthGauge()
    /// Admitted, and not yet sent to Redis: a look that begins now does not see them.
    private var reserved = 0
    private var missing = 0
    private var sum = 0
    private var hasFailed = false

    init() {}

    /// Admits `count` jobs together, to be told of with ``sent(_:areThere:)``. What does not fit into an empty space goes into it all the
    /// same.
    mutating func admit(_ count: Int, limit: Int, now: Int) -> Admission {
        guard let looked = gauge.looked, now - looked <= Self.admits else { return .unknown(pause: 0) }
        let (length, since) = (gauge.length, gauge.submitted + reserved)
        if length + since + count > max(limit, count) {
            // What was submitted since may have ended.
            guard since == 0 || length >= limit, now - looked <= Self.refuses else {
                return .unknown(pause: max(looked + Self.between - now, 0))
            }
            return .refused(length: length, retryAfter: gauge.retryAfter(limit: limit))
        }
        reserved += count
        return .admitted
    }

    /// Jobs that were admitted are with Redis, or were not submitted after all.
    mutating func sent(_ count: Int, areThere: Bool) {
        reserved -= count
        if areThere { gauge.submit(count) }
    }

    /// Begins a look at so many lanes.
    ///
    /// - Returns: Whether they are to be looked at now: not while another look is under way.
    mutating func begin(lanes: Int, now: Int) -> Bool {
        guard missing == 0 else { return false }
        gauge.ask(now: now)
        (missing, sum, hasFailed) = (lanes, 0, false)
        if lanes == 0 { gauge.answered(length: 0, now: now) }
        return true
    }

    /// The length of one of them; `nil` where Redis did not say it. Then what was known before counts on: nobody waits for a Redis that is
    /// away here, as the submission itself does.
    ///
    /// - Returns: Whether it was the last one.
    mutating func answered(length: Int?, now: Int) -> Bool {
        guard missing > 0 else { return false }
        sum += length ?? 0
        hasFailed = hasFailed || length == nil
        missing -= 1
        if missing == 0 { gauge.answered(length: hasFailed ? gauge.length : sum, now: now) }
        return missing == 0
    }
}
