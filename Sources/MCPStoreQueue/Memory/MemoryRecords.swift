import DequeModule
import NIOCore

/// Idempotency keys of a space in memory, by the rule of ``JobQueue/submit(_:onProgress:)``: a state machine without I/O.
///
/// Kept are the records of runs that go on, which are as many as there are jobs, and of the last ``mostEnded`` that have ended,
/// with at most ``mostBytes`` of answers: beyond that the oldest are forgotten before their time.
struct MemoryRecords {
    /// Records of runs that have ended.
    static let mostEnded = 10_000
    /// Bytes of their answers.
    static let mostBytes = 64 << 20

    /// Somebody who waits for the run of another.
    struct Attached {
        var job: Job
        /// When its wait is over, in microseconds by the queue's clock.
        var deadline: Int
        var waiter: MemoryEntry.Waiter
    }

    enum Verdict {
        /// It is the run of its key.
        case runs
        /// Another is: its end is to be waited for.
        case waits
        /// A run was answered.
        case ended(Outcome)
        case otherParameters
        /// There is no run that it could join.
        case lost
    }

    fileprivate struct Record {
        var hash: String
        /// `nil` while the run goes on.
        var end: Outcome?
        var expires = Int.max
        /// Tells one end from another.
        var number = 0
        /// Whether it ran in Redis, which has a record of its own.
        var isOfRedis = false
    }

    private var records: [String: Record] = [:]
    /// Ends in order, and some that are forgotten.
    private var ends: Deque<(record: String, number: Int)> = []
    private var bytes = 0
    private var ended = 0
    private var number = 0
    /// By job.
    private var attached: [String: Attached] = [:]
    /// By record, in order.
    private var waiting: [String: [String]] = [:]
    /// Calls of this process that wait in Redis, by record.
    private var elsewhere: [String: (hash: String, calls: Int)] = [:]

    init() {}

    // MARK: Runs

    /// What a job with a key is to do.
    func verdict(_ job: Job, now: Int) -> Verdict {
        let hash = job.parametersHash
        if let record = records[job.record], record.expires > now {
            guard record.hash == hash else { return .otherParameters }
            guard let end = record.end else { return .waits }
            if !job.keyUse.runs(after: end.kind) { return .ended(end) }
        }
        guard let call = elsewhere[job.record] else { return job.keyUse == .join ? .lost : .runs }
        return call.hash == hash ? .waits : .otherParameters
    }

    /// The run of a key was accepted.
    mutating func began(_ job: Job) {
        forget(job.record)
        records[job.record] = Record(hash: job.parametersHash)
    }

    /// The run of a key has ended.
    ///
    /// - Returns: Who waits for that.
    mutating func ended(_ job: Job, _ outcome: Outcome, now: Int) -> [Attached] {
        guard let record = records[job.record], record.end == nil else { return [] }
        keep(Record(hash: record.hash, end: outcome), of: job, now: now)
        return takeAttached(to: job.record)
    }

    private mutating func keep(_ record: Record, of job: Job, now: Int) {
        forget(job.record)
        var record = record
        // A slice of what was read would keep all of it.
        if let payload = record.end?.payload { record.end?.payload = ByteBuffer(bytes: payload.readableBytesView) }
        number += 1
        record.number = number
        record.expires = now + job.retention * 1000
        records[job.record] = record
        ended += 1
        bytes += record.size
        ends.append((job.record, number))
        while let first = ends.first {
            guard let old = records[first.record], old.number == first.number else {
                ends.removeFirst()
                continue
            }
            guard ended > Self.mostEnded || bytes > Self.mostBytes || old.expires <= now else { break }
            forget(first.record)
            ends.removeFirst()
        }
        // Those that were replaced in the middle.
        if ends.count > 2 * ended + 64 { ends.removeAll { records[$0.record]?.number != $0.number } }
    }

    private mutating func forget(_ record: String) {
        guard let old = records.removeValue(forKey: record), old.end != nil else { return }
        ended -= 1
        bytes -= old.size
    }

    /// Records of runs that have ended, and the bytes of their answers.
    var kept: (records: Int, bytes: Int) { (ended, bytes) }

    // MARK: Who waits for the run of another

    mutating func attach(_ one: Attached) {
        attached[one.job.id] = one
        waiting[one.job.record, default: []].append(one.job.id)
    }

    /// Takes out one whose wait is over.
    mutating func leave(_ job: String) -> Attached? {
        guard let one = attached.removeValue(forKey: job) else { return nil }
        waiting[one.job.record]?.removeAll { $0 == job }
        if waiting[one.job.record]?.isEmpty == true { waiting[one.job.record] = nil }
        return one
    }

    private mutating func takeAttached(to record: String) -> [Attached] {
        (waiting.removeValue(forKey: record) ?? []).compactMap { attached.removeValue(forKey: $0) }
    }

    mutating func takeAttached(of caller: String) -> [Attached] {
        attached.values.filter { $0.waiter.caller == caller }.compactMap { leave($0.job.id) }
    }

    /// Whose wait is over, and when that of the next will be; `.max` where none is left.
    func expired(now: Int) -> (attached: [Attached], next: Int) {
        var next = Int.max
        let expired = attached.values.filter { one in
            if one.deadline > now { next = min(next, one.deadline) }
            return one.deadline <= now
        }
        return (expired, next)
    }

    var attachedCount: Int { attached.count }

    // MARK: Beside Redis

    /// Whether memory knows what becomes of a job although Redis is used: its run is here, or was.
    func knows(_ job: Job, now: Int) -> Bool {
        guard let record = records[job.record], record.expires > now, !record.isOfRedis else { return false }
        return record.end?.kind.isAnswer ?? true
    }

    /// A call of this process goes to Redis: as long as it waits there, its key is not run here.
    mutating func beganElsewhere(_ job: Job) {
        elsewhere[job.record, default: (job.parametersHash, 0)].calls += 1
    }

    /// A call of this process waits in Redis no more.
    ///
    /// - Parameter outcome: Its end; `nil` where it has none.
    /// - Returns: Who waits for it, where no other call of its key waits in Redis, or there is an end.
    mutating func endedElsewhere(_ job: Job, _ outcome: Outcome?, now: Int) -> [Attached] {
        if let call = elsewhere[job.record] {
            elsewhere[job.record] = call.calls > 1 ? (call.hash, call.calls - 1) : nil
        }
        // A run that memory began meanwhile tells of its own end.
        if let record = records[job.record], record.end == nil { return [] }
        if let outcome, outcome.kind.isAnswer {
            keep(Record(hash: job.parametersHash, end: outcome, isOfRedis: true), of: job, now: now)
            return takeAttached(to: job.record)
        }
        return elsewhere[job.record] == nil ? takeAttached(to: job.record) : []
    }
}

extension MemoryRecords.Record {
    fileprivate var size: Int { end?.payload.readableBytes ?? 0 }
}
