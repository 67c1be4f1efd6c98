import NIOCore
import Testing

@testable import MCPStoreQueue

@Suite struct MemoryRecordsTests {
    private let service: ServiceID

    init() throws { service = ServiceID(space: try Space(namespace: "n", dataspace: "d"), name: "s") }

    private func job(_ key: String, _ id: String = "j", _ parameters: String = "{}", retention: Int = 1000) -> Job {
        var job = Job(id: id, service: service, name: "t", parameters: ByteBuffer(string: parameters))
        job.idempotency = key
        job.retention = retention
        return job.recorded()
    }

    private func run(_ records: inout MemoryRecords, _ job: Job, _ size: Int = 2, now: Int = 0) {
        records.began(job)
        _ = records.ended(job, Outcome(kind: .ok, payload: ByteBuffer(repeating: 1, count: size)), now: now)
    }

    private func attached(_ job: Job, deadline: Int = 100) -> MemoryRecords.Attached {
        .init(job: job, deadline: deadline, waiter: .init(caller: "c", completion: { _ in }))
    }

    private func word(_ verdict: MemoryRecords.Verdict) -> String {
        switch verdict {
        case .runs: "runs"
        case .waits: "waits"
        case .ended: "ended"
        case .otherParameters: "other"
        case .lost: "lost"
        }
    }

    @Test func `no more records are kept than their bound, and the oldest go first`() {
        var records = MemoryRecords()
        for number in 0..<(MemoryRecords.mostEnded + 10) { run(&records, job("\(number)")) }
        #expect(records.kept.records == MemoryRecords.mostEnded)
        #expect(word(records.verdict(job("9"), now: 1)) == "runs")
        #expect(word(records.verdict(job("10"), now: 1)) == "ended")
    }

    @Test func `no more bytes of answers are kept than their bound`() {
        var records = MemoryRecords()
        for number in 0..<5 { run(&records, job("\(number)"), MemoryRecords.mostBytes / 3) }
        #expect(records.kept.records == 3 && records.kept.bytes <= MemoryRecords.mostBytes)
        #expect(word(records.verdict(job("1"), now: 1)) == "runs")
        #expect(word(records.verdict(job("4"), now: 1)) == "ended")
    }

    @Test func `a run that goes on is never forgotten, and a key that is used again counts once`() {
        var records = MemoryRecords()
        records.began(job("running"))
        for _ in 0..<(2 * MemoryRecords.mostEnded) { run(&records, job("same")) }
        #expect(records.kept.records == 1 && records.kept.bytes == 2)
        #expect(word(records.verdict(job("running"), now: .max - 1)) == "waits")
    }

    @Test func `what has expired is forgotten`() {
        var records = MemoryRecords()
        run(&records, job("a", retention: 1))
        #expect(word(records.verdict(job("a"), now: 999)) == "ended")
        #expect(word(records.verdict(job("a"), now: 1000)) == "runs")
        run(&records, job("b"), now: 2000)
        #expect(records.kept.records == 1)
    }

    @Test func `a key whose call waits in Redis is waited for, and its end is known here`() {
        var records = MemoryRecords()
        let (first, second) = (job("k", "1"), job("k", "2"))
        records.beganElsewhere(first)
        records.beganElsewhere(second)
        let third = job("k", "3")
        #expect(word(records.verdict(third, now: 0)) == "waits")
        #expect(word(records.verdict(job("k", "4", "[]"), now: 0)) == "other")
        records.attach(attached(third))
        // One of them gave up: the other still waits for the run.
        let r1 = records.endedElsewhere(first, nil, now: 0)
        #expect(r1.isEmpty)
        let r2 = records.endedElsewhere(second, Outcome(kind: .ok, payload: ByteBuffer(string: "x")), now: 0)
        #expect(r2.map(\.job.id) == ["3"])
        #expect(word(records.verdict(job("k", "5"), now: 1)) == "ended")
        // While Redis is used its own record counts.
        #expect(!records.knows(job("k", "5"), now: 1))
        run(&records, job("here"))
        #expect(records.knows(job("here"), now: 1))
    }

    @Test func `when the last call of a key leaves Redis without an end, those who wait here are handed out`() {
        var records = MemoryRecords()
        let first = job("k", "1")
        records.beganElsewhere(first)
        records.attach(attached(job("k", "2")))
        let r1 = records.endedElsewhere(first, nil, now: 0)
        #expect(r1.map(\.job.id) == ["2"])
        #expect(word(records.verdict(job("k", "3"), now: 0)) == "runs")
        #expect(records.attachedCount == 0)
    }
}
