/// Turns the records of seconds into figures, second by second, so that a long run keeps no histogram for each.
struct SeriesCollector: Sendable {
    private var open: [Int: SecondRecord] = [:]
    private var done: [Int: SecondFigures] = [:]
    private var inFlight: [Int: Int] = [:]

    mutating func add(_ seconds: [Int: SecondRecord]) {
        for (second, record) in seconds { open[second, default: SecondRecord()].add(record) }
        guard let newest = open.keys.max() else { return }
        // A straggler may still come for the last second, hardly for the one before it.
        for second in open.keys where second < newest - 1 { close(second) }
    }

    mutating func note(inFlight count: Int, in second: Int) {
        if inFlight[second] == nil { inFlight[second] = count }
    }

    func percentiles(of second: Int) -> (p50: Double, p99: Double)? {
        open[second].flatMap { $0.total.count == 0 ? nil : ($0.total.percentile(50), $0.total.percentile(99)) }
    }

    /// From the first second of the measurement to this one, with those in which nothing ended.
    mutating func figures(upTo last: Int, inFlight now: Int) -> [SecondFigures] {
        for second in open.keys { close(second) }
        return (0...last).map { second in
            var figures =
                done[second] ?? SecondFigures(second: second, answered: 0, errors: 0, inFlight: 0, p50: 0, p99: 0)
            figures.inFlight = inFlight[second] ?? now
            return figures
        }
    }

    private mutating func close(_ second: Int) {
        guard let record = open.removeValue(forKey: second) else { return }
        let (p50, p99) = (record.total.percentile(50), record.total.percentile(99))
        let figures = SecondFigures(
            second: second,
            answered: record.answered,
            errors: record.errors,
            inFlight: 0,
            p50: p50,
            p99: p99
        )
        guard let earlier = done[second] else {
            done[second] = figures
            return
        }
        // A straggler counts; one call does not move the percentiles.
        done[second]?.answered = earlier.answered + record.answered
        done[second]?.errors = earlier.errors + record.errors
    }
}
