import MCPStoreCoordinator
import MCPStoreQueue
import MCPStoreRedis
import TestSupport
import Testing

@Suite struct BurialTests {
    @Test func `queued jobs of a removed service end as unavailable, and its lanes vanish when the last one has run`()
        async throws
    {
        try await withTestPool { pool in
            try await pool.add("s")
            try await pool.openInbox()
            let lane = pool.lane("s")
            try await pool.submit(pool.job("running", "s"))
            try await pool.register("w-a", lanes: [lane])
            try await pool.deliver(lane, to: "w-a")
            for index in 0..<250 { try await pool.submit(pool.job("queued-\(index)", "s")) }
            try await pool.submit(pool.job("batch", "s", lane: .batch))
            try await withCoordinator(pool) { _ in
                try await pool.remove("s")
                try await eventually("queued jobs have ended") { try await pool.inbox().count == 251 }
                let inbox = try await pool.inbox()
                #expect(inbox.values.allSatisfy { $0.map(\.kind) == ["unavailable"] })
                #expect(inbox["running"] == nil)
                #expect(try await pool.length(lane) == 1)

                let recovery = RedisRecovery(client: pool.client, clock: ServerClock(), logger: LogRecorder().logger)
                let pending = try await recovery.pending(of: "w-a", in: lane)
                let answer = Outcome(kind: .ok, payload: Reason("fine").payload)
                _ = try await recovery.settle(pending.map { Settlement($0, .end(answer)) }, in: pool.space)
                try await eventually("nothing is left") { try await !pool.exists(pool.keys.removed) }
                #expect(try await !pool.exists(lane.key))
                #expect(try await !pool.exists(pool.lane("s", .batch).key))
                #expect(try await pool.inbox()["running"]?.map(\.kind) == ["ok"])
            }
        }
    }
}
