import NIOCore
import Testing

@testable import MCPStoreQueue

@Suite struct WaitersTests {
    private func waiter(_ id: String, deadline: Int = 100, bytes: Int = 10) -> Waiters.Waiter {
        let job = Job(
            id: id,
            service: FetchPlannerTests.service("a"),
            name: "t",
            parameters: ByteBuffer(repeating: 1, count: bytes)
        )
        return .init(job: job, deadline: deadline, completion: { _ in })
    }

    @Test func `a waiter is taken out exactly once and its bytes with it`() {
        var waiters = Waiters()
        waiters.register(waiter("1"))
        waiters.register(waiter("2", bytes: 5))
        #expect(waiters.bytes == 15 && waiters.count == 2)
        #expect(waiters.take("1")?.job.id == "1")
        #expect(waiters.take("1")?.job.id == nil)
        #expect(waiters.bytes == 5)
        let rest = waiters.takeAll().map(\.job.id)
        #expect(rest == ["2"])
        #expect(waiters.bytes == 0 && waiters.count == 0)
    }

    @Test func `a wait is ended by the first who does it`() {
        var waiters = Waiters()
        waiters.register(waiter("1"))
        #expect(waiters.beginEnding("1", as: .cancelled)?.job.id == "1")
        #expect(waiters.beginEnding("1", as: .timedOut)?.job.id == nil)
        #expect(waiters["1"]?.ending == .cancelled)
        #expect(waiters.beginEnding("2", as: .timedOut)?.job.id == nil)
    }

    @Test func `a waiter that is gone stays gone`() {
        var waiters = Waiters()
        waiters.setPhase(.inDoubt, of: "1")
        #expect(waiters["1"] == nil && waiters.inDoubt.isEmpty)
    }

    @Test func `the one timer is set for the earliest deadline only`() {
        var waiters = Waiters()
        waiters.register(waiter("1", deadline: 100))
        #expect(waiters.needsTimer(for: 100) == true)
        waiters.register(waiter("2", deadline: 200))
        #expect(waiters.needsTimer(for: 200) == false)
        waiters.register(waiter("3", deadline: 50))
        #expect(waiters.needsTimer(for: 50) == true)
        #expect(waiters.expired(now: 49).count == 0)
        #expect(waiters.nextDeadline == 50)
        #expect(waiters.expired(now: 100).map(\.job.id).sorted() == ["1", "3"])
        #expect(waiters.nextDeadline == 200)
        // Those that are being ended are not found again.
        _ = waiters.beginEnding("1", as: .timedOut)
        _ = waiters.beginEnding("3", as: .timedOut)
        #expect(waiters.expired(now: 150).count == 0)
        #expect(waiters.expired(now: 1000).map(\.job.id) == ["2"])
        #expect(waiters.nextDeadline == .max)
    }

    @Test func `when another server takes over, it is noted what replicas had confirmed, until it is found there`() {
        var waiters = Waiters()
        for id in ["1", "2", "3"] { waiters.register(waiter(id)) }
        waiters.setTicket(7, of: "1")
        waiters.setTicket(8, of: "2")
        waiters.setPhase(.inDoubt, of: "3")
        waiters.serverChanged(isConfirmed: { $0 <= 7 && $0 > 0 }, remembersStarts: true)
        #expect(waiters["1"]?.wasConfirmed == true && waiters["2"]?.wasConfirmed == false)
        #expect(waiters["3"]?.mayHaveRun == false)
        // What is confirmed of a second server says nothing of the first.
        waiters.serverChanged(isConfirmed: { _ in true }, remembersStarts: false)
        #expect(waiters["2"]?.wasConfirmed == false)
        #expect(waiters["3"]?.mayHaveRun == true)
        waiters.setTicket(9, of: "2")
        #expect(waiters["2"]?.wasConfirmed == nil)
    }
}
