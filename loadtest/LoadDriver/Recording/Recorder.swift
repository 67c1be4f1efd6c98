import Synchronization

/// Records every call of a run. Safe to use from any thread.
final class Recorder: Sendable {
    private final class Shard: Sendable {
        let state = Mutex(RecordShard())
    }

    private let span: CallSpan
    private let shards: [Shard]
    private let lateness = Mutex(LatencyHistogram())
    private let series = Mutex(SeriesCollector())

    init(span: CallSpan, shards: Int) {
        self.span = span
        self.shards = (0..<max(shards, 1)).map { _ in Shard() }
    }

    private func shard(of call: PlannedCall) -> Shard {
        shards[Int(call.index % UInt64(shards.count))]
    }

    /// - Parameter intended: When the call was to start. Latency counts from then, so that a late driver hides nothing.
    func begin(_ call: PlannedCall, intended: UInt64) {
        shard(of: call).state.withLock { $0.begin(call, intended: intended) }
    }

    func end(_ call: PlannedCall, _ answer: CallAnswer, at now: UInt64) {
        _ = shard(of: call).state.withLock { $0.end(call, answer, at: now, in: span) }
    }

    func notStarted(_ call: PlannedCall, intended: UInt64, at now: UInt64) {
        shard(of: call).state.withLock { $0.notStarted(call, intended: intended, at: now, in: span) }
    }

    /// How late the driver itself started a call.
    func late(_ nanoseconds: UInt64, intended: UInt64) {
        guard span.measures(intended) else { return }
        lateness.withLock { $0.record(nanoseconds: nanoseconds) }
    }

    func giveUp(at now: UInt64) {
        for shard in shards { shard.state.withLock { $0.giveUp(at: now, in: span) } }
    }

    /// - Returns: How many calls of the measurement were open.
    func leaveOut() -> Int {
        shards.reduce(0) { sum, shard in sum + shard.state.withLock { $0.leaveOut(in: span) } }
    }

    /// Collects the seconds that are over, and what is in flight now as the figure of the last of them.
    func collect(at now: UInt64, inFlight: Int) -> LiveCounts {
        // Who was overtaken between reading the clock and recording still belongs to the second before.
        let current = span.second(of: now)
        return series.withLock { series in
            for shard in shards { series.add(shard.state.withLock { $0.takeSeconds(before: current) }) }
            series.note(inFlight: inFlight, in: current - 1)
            let counts = shards.map { shard in shard.state.withLock { ($0.answered, $0.errors) } }
            return LiveCounts(
                answered: counts.reduce(0) { $0 + $1.0 },
                errors: counts.reduce(0) { $0 + $1.1 },
                last: series.percentiles(of: current - 1)
            )
        }
    }

    /// Everything, merged.
    ///
    /// - Parameter end: When the measurement ended: ``CallSpan/end`` or earlier.
    func result(end: UInt64, inFlight: Int) -> RecordResult {
        var sum = RecordShard()
        for shard in shards { sum.add(shard.state.withLock { $0 }) }
        let figures = series.withLock { series in
            for shard in shards { series.add(shard.state.withLock { $0.takeSeconds(before: .max) }) }
            return series.figures(upTo: max(span.second(of: max(end, span.start + 1) - 1), 0), inFlight: inFlight)
        }
        return RecordResult(
            groups: sum.groups,
            outcomes: sum.outcomes,
            examples: sum.examples,
            lateness: lateness.withLock { $0 },
            series: figures
        )
    }
}
