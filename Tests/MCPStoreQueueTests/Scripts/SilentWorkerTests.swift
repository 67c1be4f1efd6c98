import MCPStoreRedis
import NIOCore
import Testing

@testable import MCPStoreQueue

/// What is shown of a service whose workers died where nobody recovers them.
@Suite(.timeLimit(.minutes(5))) struct SilentWorkerTests {
    private func publish(_ fixture: Fixture, _ worker: String, _ status: ServiceStatus, leaseEndsIn milliseconds: Int)
        async throws
    {
        let view = ServiceView(status: status, reason: "said by \(worker)", pool: "\(fixture.space):pool")
        try await fixture.registry.publish(view, of: "svc", worker: worker)
        let time = try await fixture.execute("TIME").array.map(Array.init) ?? []
        let end = (time.first?.integer ?? 0) * 1000 + milliseconds
        _ = try await fixture.execute("ZADD", "\(fixture.space):pool:leases", String(end), worker)
    }

    @Test func `S1: a worker whose lease ran out long ago is not believed any more`() async throws {
        try await withFixture { fixture in
            try await publish(fixture, "w-dead", .healthy, leaseEndsIn: -60_000)
            let state = try #require(try await fixture.registry.state("svc"))
            #expect(state.status == .disconnected && state.workers.isEmpty)
            #expect(state.reason.contains("w-dead has not been heard of"))
            // Another one took it over.
            try await publish(fixture, "w-new", .initializing, leaseEndsIn: 5000)
            let taken = try #require(try await fixture.registry.state("svc"))
            #expect(taken.status == .initializing && taken.reason == "said by w-new" && taken.workers.keys.sorted() == ["w-new"])
        }
    }

    @Test func `a worker whose lease is held, just over, or unknown is believed`() async throws {
        try await withFixture { fixture in
            for (worker, end) in [("w-1", 5000), ("w-2", -1000)] {
                try await publish(fixture, worker, .healthy, leaseEndsIn: end)
            }
            let view = ServiceView(status: .healthy, reason: "", pool: "\(fixture.space):other")
            try await fixture.registry.publish(view, of: "svc", worker: "w-3")
            let state = try #require(try await fixture.registry.state("svc"))
            #expect(state.status == .healthy && state.workers.keys.sorted() == ["w-1", "w-2", "w-3"])
        }
    }
}
