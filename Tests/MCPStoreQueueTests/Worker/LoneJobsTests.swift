import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreQueue

@Suite struct `Jobs during which workers died run alone` {
    /// Mutating calls, which `#expect` cannot take apart.
    private func next(_ lone: inout LoneJobs, occupied: Int) -> EntryID? { lone.next(service, occupied: occupied)?.entry }
    private func ended(_ lone: inout LoneJobs, _ entry: EntryID) -> Bool { lone.ended(entry, of: service) }

    private let service = ServiceID(space: Space.lone, name: "a")
    private let other = ServiceID(space: Space.lone, name: "b")

    private func delivery(_ number: Int, _ service: ServiceID) -> Delivery {
        let job = Job(id: "j\(number)", service: service, name: "t", parameters: ByteBuffer(), attempt: 3, deaths: 2)
        return Delivery(job: job, entry: EntryID("\(number)-0"))
    }

    @Test func `one waits until the others of its service ended, the next one for the first`() {
        var lone = LoneJobs()
        let (first, second) = (delivery(1, service), delivery(2, service))
        lone.add(first)
        #expect(lone.holds(service) && !lone.holds(other) && !lone.isEmpty)
        // Two others run.
        #expect(next(&lone, occupied: 3) == nil)
        lone.add(second)
        #expect(next(&lone, occupied: 3) == nil)
        #expect(!ended(&lone, EntryID("9-0", in: first.job.laneID)))
        #expect(next(&lone, occupied: 2) == first.entry)
        #expect(lone.waiting.map(\.entry) == [second.entry])
        #expect(next(&lone, occupied: 1) == nil)
        #expect(!ended(&lone, first.entry))
        #expect(next(&lone, occupied: 1) == second.entry)
        #expect(ended(&lone, second.entry) && lone.isEmpty)
    }

    @Test func `one that is lost while it waits holds nothing any longer`() {
        var lone = LoneJobs()
        let one = delivery(1, service)
        lone.add(one)
        #expect(next(&lone, occupied: 2) == nil)
        #expect(lone.waiting(one.entry) != nil)
        #expect(ended(&lone, one.entry))
        #expect(!lone.holds(service))
    }

    @Test func `nothing is read of a held service, and everything else is`() {
        var planner = FetchPlanner(slots: 8)
        planner.open(service, limit: 4)
        planner.open(other, limit: 4)
        planner.hold(service)
        for _ in 0..<8 {
            switch planner.next() {
            case .read(let lane, _): #expect(lane.service == other)
            case .probe(let lanes, _), .block(let lanes, _): #expect(lanes.allSatisfy { $0.service == other })
            case .wait: break
            }
            for lane in Lane.allCases {
                planner.received([:], from: [LaneID(service: other, lane: lane)], requested: 1)
            }
        }
        planner.release(service)
        guard case .read(let lane, _) = planner.next() else {
            Issue.record("nothing is read of the released service")
            return
        }
        #expect(lane.service == service)
    }

    @Test func `over Redis: it starts when what ran has ended, alone, and the rest follows; other services go on`() async throws {
        try await withFixture { fixture in
            let other = ServiceID(space: fixture.space, name: "other")
            _ = try await fixture.registry.put([(name: "other", configuration: ByteBuffer(string: "{}"), expected: nil)], by: "t")
            let worker = try await TestWorker(
                fixture.configuration,
                fixture.options(),
                services: [fixture.service, other],
                run: { _ in nil }
            )
            func job(_ id: String, _ service: ServiceID? = nil, deaths: Int = 0) -> Job {
                Job(
                    id: id,
                    service: service ?? fixture.service,
                    name: "echo",
                    parameters: ByteBuffer(string: "{}"),
                    deaths: deaths,
                    mayRunAgain: true
                )
            }
            func holding(_ ids: String...) async throws {
                try await eventually("\(ids) run") { Set(worker.holding.map(\.job.id)) == Set(ids) }
            }
            func finish(_ id: String) throws {
                worker.finish(try #require(worker.holding.first { $0.job.id == id }))
            }
            _ = try await fixture.add(job("before"))
            try await holding("before")
            _ = try await fixture.add(job("lone", deaths: 2))
            // It is with the worker, which starts nothing of its service.
            try await eventually("it is delivered") { try await fixture.left().pending == 2 }
            _ = try await fixture.add(job("after"))
            _ = try await fixture.add(job("elsewhere", other))
            try await holding("before", "elsewhere")
            try finish("before")
            try await holding("lone", "elsewhere")
            try finish("elsewhere")
            _ = try await fixture.add(job("elsewhere-2", other))
            try await holding("lone", "elsewhere-2")
            #expect(try await fixture.left().entries == 2)
            try finish("lone")
            try await holding("after", "elsewhere-2")
            try finish("after")
            try finish("elsewhere-2")
            try await eventually("all ended") { try await fixture.left().entries == 0 }
            await worker.stop()
        }
    }

    @Test func `over Redis: one whose deadline passes while it waits is not started, and its service goes on`() async throws {
        try await withFixture { fixture in
            let worker = try await TestWorker(
                fixture.configuration,
                fixture.options(),
                services: [fixture.service],
                run: { _ in nil }
            )
            func job(_ id: String, deaths: Int = 0, timeout: Int = 60_000) -> Job {
                Job(
                    id: id,
                    service: fixture.service,
                    name: "echo",
                    parameters: ByteBuffer(string: "{}"),
                    timeout: timeout,
                    deaths: deaths
                )
            }
            _ = try await fixture.add(job("before"))
            try await eventually("it runs") { worker.holding.count == 1 }
            _ = try await fixture.add(job("lone", deaths: 2, timeout: 700))
            try await eventually("it ends") { try await fixture.stats()?.outcomes[.timedOut] == 1 }
            _ = try await fixture.add(job("after"))
            try await eventually("the next runs") { Set(worker.holding.map(\.job.id)) == ["before", "after"] }
            await worker.stop()
        }
    }

    @Test func `over Redis: one whose worker lost its lease while it waited is given back, and starts when that is renewed`()
        async throws
    {
        try await withRedisServer { server in
            try await withFixture(server) { fixture in
                let worker = try await TestWorker(
                    fixture.configuration,
                    fixture.options(lease: .seconds(1)),
                    services: [fixture.service],
                    run: { _ in nil }
                )
                func job(_ id: String, deaths: Int = 0) -> Job {
                    Job(
                        id: id,
                        service: fixture.service,
                        name: "echo",
                        parameters: ByteBuffer(string: "{}"),
                        timeout: 600_000,
                        deaths: deaths,
                        mayRunAgain: true
                    )
                }
                _ = try await fixture.add(job("before"))
                let before = try await eventually("it runs") { worker.holding.first }
                _ = try await fixture.add(job("lone", deaths: 2))
                try await eventually("it waits for its turn") { await worker.queue.running == 2 }
                server.pause()
                try await eventually("the lease is over") { !worker.queue.hasLease(of: .redis) }
                worker.finish(before)
                // Behind the settlement, on the worker's loop.
                _ = await worker.queue.running
                #expect(worker.holding.isEmpty)
                server.resume()
                let lone = try await eventually("it runs") { worker.holding.first { $0.job.id == "lone" } }
                #expect(lone.job.attempt == 1 && lone.job.deaths == 2)
                worker.finish(lone)
                try await eventually("all ended") { try await fixture.left().entries == 0 }
                await worker.stop()
            }
        }
    }
}

extension Space {
    fileprivate static var lone: Space {
        do { return try Space(namespace: "n", dataspace: "d") } catch { preconditionFailure("\(error)") }
    }
}
