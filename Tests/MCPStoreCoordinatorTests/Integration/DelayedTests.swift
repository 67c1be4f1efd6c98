import MCPStoreCoordinator
import MCPStoreQueue
import MCPStoreRedis
import TestSupport
import Testing

@Suite struct DelayedTests {
    /// Puts a delivered job into the sorted set, as a worker does, and returns when it is due by Redis' clock.
    private func delay(_ pool: TestPool, _ id: String, by milliseconds: Int) async throws -> Int {
        let clock = ServerClock()
        let recovery = RedisRecovery(client: pool.client, clock: clock, logger: LogRecorder().logger)
        try await pool.submit(pool.job(id, "s", again: true))
        try await pool.deliver(pool.lane("s"), to: "w-x")
        let time = try await pool.client.execute(RedisCommand("TIME")).array?.compactMap(\.integer) ?? [0, 0]
        let due = time[0] * 1000 + time[1] / 1000 + milliseconds
        let pending = try #require(try await recovery.pending(of: "w-x", in: pool.lane("s")).first)
        _ = try await recovery.settle(
            [Settlement(pending, .delay(reason: "later", attempt: 2, deaths: 0, due: due))],
            in: pool.space
        )
        try await pool.redisPool.post(.delayed(pool.space, due: due))
        return due
    }

    @Test func `delayed jobs come back into their lane at their time and not before`() async throws {
        try await withTestPool { pool in
            try await pool.add("s")
            let early = try await delay(pool, "before", by: 50)
            try await withCoordinator(pool) { _ in
                try await eventually("what was due before is promoted") { try await pool.length(pool.lane("s")) == 1 }
                try await pool.deliver(pool.lane("s"), to: "w-y")
                let late = try await delay(pool, "later", by: 700)
                let sooner = try await delay(pool, "sooner", by: 300)
                try await eventually("all three are back") { try await pool.length(pool.lane("s")) == 3 }
                let reply = try await pool.client.execute(RedisCommand("XRANGE", pool.lane("s").key, "-", "+"))
                var times: [String: Int] = [:]
                for entry in reply.array.map(Array.init) ?? [] {
                    let parts = entry.array.map(Array.init) ?? []
                    times[TestPool.fields(parts[1])["id"] ?? ""] = EntryID(parts[0].string ?? "").milliseconds
                }
                #expect(times["before"] ?? 0 >= early)
                #expect(times["later"] ?? 0 >= late)
                #expect(times["sooner"] ?? 0 >= sooner)
                #expect(try await !pool.exists(pool.keys.delayed))
                #expect(try await !pool.exists(pool.keys.delayedJobs))
            }
        }
    }

    @Test func `a promoted job rings the workers of its service`() async throws {
        try await withTestPool { pool in
            try await pool.add("s")
            try await pool.register("w-a")
            try await withCoordinator(pool) { _ in
                try await eventually("it is placed") { try await pool.redisPool.placement()[pool.service("s")] == ["w-a"] }
                _ = try await delay(pool, "j", by: 20)
                try await eventually("the worker is rung") {
                    try await pool.entries(pool.pool.ring("w-a")).contains {
                        $0["op"] == "wake" && $0["a"] == pool.lane("s").member
                    }
                }
            }
        }
    }

    @Test func `a delayed job whose service was buried meanwhile ends as unavailable`() async throws {
        try await withTestPool { pool in
            try await pool.add("s")
            try await pool.openInbox()
            try await withCoordinator(pool) { _ in
                _ = try await delay(pool, "j", by: 1500)
                try await pool.remove("s")
                try await eventually("the service is buried") { try await !pool.exists(pool.keys.removed) }
                try await eventually("it has its outcome") { try await pool.inbox()["j"]?.last?.kind == "unavailable" }
                try await eventually("its lane is gone again") { try await !pool.exists(pool.lane("s").key) }
            }
        }
    }
}
