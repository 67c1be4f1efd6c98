/// How deep a queue was when this process last asked, and how fast it moves: a state machine without I/O.
///
/// What it knows for certain is its own: of the jobs that it has submitted between two looks, those by which the queue has not
/// grown were ended. Others submit too, so that the true speed is higher, and the time to wait shorter, never the other way round.
struct DepthGauge {
    /// Nobody is told to come back sooner or later than this, in milliseconds.
    static let retryAfter = 100...30_000
    /// What is said where nothing is known yet, in milliseconds.
    static let unknownRetryAfter = 1000
    /// How much the newest look counts.
    private static let weight = 0.3
    /// A look is believed for so many microseconds: nobody is refused for what lay there long ago.
    private static let believed = 2_000_000

    private(set) var length = 0
    var asked = Int.min
    var used = Int.min
    /// Jobs that this process has submitted since the last look, and those of them that were before the question under way.
    private(set) var submitted = 0
    private var submittedBefore = 0
    private(set) var looked: Int?
    /// Jobs a microsecond; 0 where that is not known.
    private var rate = 0.0

    init() {}

    var touched: Int { max(asked, used) }

    mutating func submit(_ count: Int = 1) { submitted += count }

    mutating func ask(now: Int) {
        asked = now
        submittedBefore = submitted
    }

    mutating func answered(length: Int, now: Int) {
        if let looked, now > looked {
            let ended = max(submittedBefore - (length - self.length), 0)
            let seen = Double(ended) / Double(now - looked)
            rate = rate == 0 ? seen : rate * (1 - Self.weight) + seen * Self.weight
        }
        looked = now
        submitted -= submittedBefore
        submittedBefore = 0
        self.length = length
    }

    /// How long the queue is, as far as is known; 0 where nobody has looked for a while.
    func length(now: Int) -> Int { looked.map { now - $0 <= Self.believed } == true ? length : 0 }

    /// In how many milliseconds there is room again below `limit`, for more than one: a tenth of it.
    func retryAfter(limit: Int) -> Int {
        guard rate > 0 else { return Self.unknownRetryAfter }
        let excess = max(length - limit, 0) + max(limit / 10, 1)
        let milliseconds = Double(excess) / rate / 1000
        return Int(min(max(milliseconds, Double(Self.retryAfter.lowerBound)), Double(Self.retryAfter.upperBound)).rounded(.up))
    }
}
