/// How long lanes were when this process last asked, for the soft limit of the queue.
struct LaneGauges {
    static let interval = 100_000
    /// A worker keeps watching a lane for longer than this after its last job.
    static let cold = 5_000_000

    static let forgotten = 60_000_000

    private var gauges: [LaneID: DepthGauge] = [:]
    /// How many gauges there may be before the unused ones are forgotten: grows with those in use, so that the cost of a
    /// job does not.
    private var limit = 1000

    init() {}

    func length(_ lane: LaneID, now: Int) -> Int { gauges[lane]?.length(now: now) ?? 0 }

    var count: Int { gauges.count }

    /// The answer of ``shouldAsk(_:now:)`` has come.
    mutating func set(_ lane: LaneID, length: Int, now: Int) { gauges[lane]?.answered(length: length, now: now) }

    /// In how many milliseconds there may be room again in a lane that is full.
    func retryAfter(_ lane: LaneID, limit: Int) -> Int {
        gauges[lane]?.retryAfter(limit: limit) ?? DepthGauge.unknownRetryAfter
    }

    /// Notes a submission, or one that was refused. Whether the lane was cold, so that its workers may be watching others only.
    mutating func use(_ lane: LaneID, now: Int, submits: Bool = true) -> Bool {
        let used = gauges[lane]?.used ?? Int.min
        gauges[lane, default: DepthGauge()].used = now
        if submits { gauges[lane]?.submit() }
        return used == .min || now - used > Self.cold
    }

    /// The lane is cold again: its workers were not told.
    mutating func forgetUse(of lane: LaneID) { gauges[lane]?.used = .min }

    /// Whether to ask now; at most every 100 ms a lane. Lanes that were not used for a minute are forgotten.
    mutating func shouldAsk(_ lane: LaneID, now: Int) -> Bool {
        if let gauge = gauges[lane], gauge.asked != .min, now - gauge.asked < Self.interval { return false }
        gauges[lane, default: DepthGauge()].ask(now: now)
        if gauges.count > limit {
            gauges = gauges.filter { now - Self.forgotten < $0.value.touched }
            limit = max(1000, gauges.count * 2)
        }
        return true
    }
}
