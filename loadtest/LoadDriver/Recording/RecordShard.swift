/// A share of what is recorded, so that those who record do not wait for each other.
struct RecordShard: Sendable {
    private static let examplesKept = 3

    private(set) var groups: [String: GroupRecord] = [:]
    private(set) var outcomes: [String: UInt64] = [:]
    private(set) var examples: [String: [String]] = [:]
    private(set) var seconds: [Int: SecondRecord] = [:]
    /// Since the beginning, with the warm-up.
    private(set) var answered: UInt64 = 0
    private(set) var errors: UInt64 = 0
    /// By the index of the call.
    private var open: [UInt64: OpenCall] = [:]

    /// A call that is not answered yet.
    struct OpenCall: Sendable {
        var group: String
        var intended: UInt64
    }

    mutating func begin(_ call: PlannedCall, intended: UInt64) {
        open[call.index] = OpenCall(group: call.group, intended: intended)
    }

    /// - Returns: Whether the call was open; what was given up is not recorded again.
    @discardableResult
    mutating func end(_ call: PlannedCall, _ answer: CallAnswer, at now: UInt64, in span: CallSpan) -> Bool {
        guard let started = open.removeValue(forKey: call.index) else { return false }
        let total = now > started.intended ? now - started.intended : 0
        let isOK = answer.outcome == Outcomes.ok
        if isOK { answered += 1 } else { errors += 1 }
        second(of: now, in: span) { second in
            if isOK { second.answered += 1 } else { second.errors += 1 }
            second.total.record(nanoseconds: total)
        }
        if isOK, span.measures(now) { groups[call.group, default: GroupRecord()].answered += 1 }
        guard span.measures(started.intended) else { return true }
        count(answer.outcome, example: answer.message)
        record(call.group) { group in
            group.calls += 1
            group.record(.total, nanoseconds: total)
            group.record(.queued, microseconds: answer.queued)
            group.record(.run, microseconds: answer.run)
            group.record(.returned, microseconds: answer.returned)
        }
        return true
    }

    mutating func notStarted(_ call: PlannedCall, intended: UInt64, at now: UInt64, in span: CallSpan) {
        errors += 1
        second(of: now, in: span) { $0.errors += 1 }
        guard span.measures(intended) else { return }
        count(Outcomes.notStarted, example: nil)
        record(call.group) { $0.calls += 1 }
    }

    /// Ends what is open. It took at least until now, which its latency says: leaving it out would make the figures better than
    /// what was seen.
    mutating func giveUp(at now: UInt64, in span: CallSpan) {
        for call in open.values where span.measures(call.intended) {
            count(Outcomes.unanswered, example: nil)
            record(call.group) { group in
                group.calls += 1
                group.record(.total, nanoseconds: now > call.intended ? now - call.intended : 0)
            }
        }
        open.removeAll()
    }

    /// Forgets what is open.
    ///
    /// - Returns: How many of those are calls of the measurement.
    mutating func leaveOut(in span: CallSpan) -> Int {
        defer { open.removeAll() }
        return open.values.count { span.measures($0.intended) }
    }

    /// Takes out the seconds before one.
    mutating func takeSeconds(before limit: Int) -> [Int: SecondRecord] {
        let taken = seconds.filter { $0.key < limit }
        for second in taken.keys { seconds[second] = nil }
        return taken
    }

    mutating func add(_ other: RecordShard) {
        for (name, group) in other.groups { record(name) { $0.add(group) } }
        outcomes.merge(other.outcomes, uniquingKeysWith: +)
        for (outcome, messages) in other.examples { for message in messages { keep(message, of: outcome) } }
    }

    private mutating func second(of time: UInt64, in span: CallSpan, _ change: (inout SecondRecord) -> Void) {
        change(&seconds[span.second(of: time), default: SecondRecord()])
    }

    private mutating func record(_ group: String, _ change: (inout GroupRecord) -> Void) {
        change(&groups[group, default: GroupRecord()])
    }

    private mutating func count(_ outcome: String, example: String?) {
        outcomes[outcome, default: 0] += 1
        if let example, outcome != Outcomes.ok { keep(example, of: outcome) }
    }

    private mutating func keep(_ message: String, of outcome: String) {
        let line = String(message.prefix { !$0.isNewline }.prefix(200))
        let kept = examples[outcome] ?? []
        guard kept.count < Self.examplesKept, !kept.contains(line) else { return }
        examples[outcome, default: []].append(line)
    }
}
