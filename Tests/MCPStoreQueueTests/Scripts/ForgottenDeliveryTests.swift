import Logging
import MCPStoreRedis
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import MCPStoreQueue

/// A Redis that came back from its disk, or a replica that took over, may know a job and not that a worker was given it. What ran is
/// not run again, as far as its worker remembers it.
@Suite struct `Deliveries that Redis has forgotten` {
    private func job(_ fixture: Fixture, _ id: String) -> Job {
        Job(
            id: id,
            service: fixture.service,
            lane: .interactive,
            method: "tools/call",
            name: "echo",
            parameters: ByteBuffer(string: "{}"),
            inbox: "c",
            submitted: 1000
        )
    }

    private func end(_ delivery: Delivery, _ kind: OutcomeKind = .ok) -> Settlement {
        let payload = ByteBuffer(string: #"{"resultType":"complete"}"#)
        return Settlement(
            delivery,
            .end(Outcome(kind: kind, payload: payload, worker: "w1", waited: 5, ran: 7, finished: 1012))
        )
    }

    /// A job that this Redis never gave to anybody.
    private func queued(_ fixture: Fixture, _ id: String) async throws -> Delivery {
        let job = job(fixture, id)
        return Delivery(job: job, entry: try await fixture.add(job))
    }

    @Test func `an answer that is sent again ends the job that waits there, as it was, once`() async throws {
        try await withFixture { fixture in
            _ = try await fixture.evaluate(Scripts.inboxOpen, [fixture.keys.inbox("c")], "60000")
            let settlement = end(try await queued(fixture, "j1"))
            #expect(try await fixture.settle([settlement]) == [.notOurs])
            #expect(settlement.isPlain && !settlement.again().isPlain)
            #expect(try await fixture.settle([settlement.again(), settlement.again()]) == [.ended(owner: nil), .notOurs])
            #expect(try await fixture.settle([settlement.again()]) == [.notOurs])
            let told = try await fixture.entries(fixture.keys.inbox("c")).filter { $0["id"] == "j1" }
            #expect(told.count == 1 && told.first?["payload"] == #"{"resultType":"complete"}"# && told.first?["worker"] == "w1")
            let left = try await fixture.left()
            #expect(left.entries == 0 && left.pending == 0)
            #expect(try await fixture.stats()?.outcomes == [.ok: 1])
        }
    }

    @Test func `it also wins over another run of the same entry, whose end is dropped`() async throws {
        try await withFixture { fixture in
            let delivery = try await queued(fixture, "j1")
            try await fixture.deliver(to: "w2")
            #expect(try await fixture.settle([end(delivery).again()]) == [.ended(owner: nil)])
            #expect(try await fixture.finish([end(delivery)]) == [.notOurs])
            #expect(try await fixture.stats()?.outcomes == [.ok: 1])
        }
    }

    @Test(arguments: [OutcomeKind.cancelled, .unavailable])
    func `a call that did not run, or was stopped because its job was no longer known, is left to be run`(kind: OutcomeKind)
        async throws
    {
        try await withFixture { fixture in
            let settlement = end(try await queued(fixture, "j1"), kind)
            #expect(try await fixture.settle([settlement.again()]) == [.notOurs])
            #expect(try await fixture.left().entries == 1)
        }
    }

    @Test func `a job that moved meanwhile is not touched: its entry is another one`() async throws {
        try await withFixture { fixture in
            let delivery = try await queued(fixture, "j1")
            try await fixture.deliver(to: "w1")
            let moved = Settlement(delivery, .move(reason: "test", attempt: 2, deaths: 1))
            guard case .moved = try await fixture.settle([moved])[0] else { return #expect(Bool(false), "it did not move") }
            #expect(try await fixture.settle([end(delivery).again()]) == [.notOurs])
            let left = try await fixture.left()
            #expect(left.entries == 1 && left.pending == 0)
        }
    }

    @Test func `a worker's settlements of the last seconds are sent again so`() async throws {
        try await withFixture { fixture in
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let batcher = SettleBatcher(
                space: fixture.space,
                client: fixture.client,
                clock: ServerClock(),
                eventLoop: loop,
                logger: .silent
            )
            let settlements = try await [
                end(queued(fixture, "j1")), end(queued(fixture, "j2")), end(queued(fixture, "j3"), .cancelled),
            ]
            // Redis knows nothing of their delivery.
            let results = NIOLockedValueBox<[Settlement.Result]>([])
            for settlement in settlements {
                batcher.settle(settlement) { result in results.withLockedValue { $0.append(result) } }
            }
            try await eventually("three results", within: .seconds(60)) { results.withLockedValue { $0.count } == 3 }
            #expect(results.withLockedValue { $0 } == [.notOurs, .notOurs, .notOurs])
            #expect(Set(batcher.replay()) == Set(settlements.map(\.entry)))
            try await eventually("two have ended", within: .seconds(60)) { try await fixture.left().entries == 1 }
            #expect(try await fixture.stats()?.outcomes == [.ok: 2])
        }
    }
}
