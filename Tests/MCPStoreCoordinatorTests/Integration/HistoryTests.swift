import MCPStoreQueue
import MCPStoreRedis
import TestSupport
import Testing

@Suite struct HistoryTests {
    @Test func `the leader keeps a point of every space that has services, and only of those`() async throws {
        try await withTestPool { pool in
            try await pool.add("s")
            try await pool.openInbox()
            let empty = try Space(namespace: pool.space.namespace, dataspace: "empty")
            try await pool.redisPool.announce(empty)
            _ = try await pool.client.execute(RedisCommand("HSET", pool.keys.tools, "s_echo", "{}", "s_broken", "{}"))
            let stats = pool.keys.stats(toolKey: "s_echo")
            let counts = RedisCommand(
                "HSET",
                stats,
                "ok",
                "40",
                "toolError",
                "2",
                "timedOut",
                "1",
                "reused_kept",
                "5",
                "reused_in_flight",
                "3",
                "retries",
                "9"
            )
            _ = try await pool.client.execute(counts)
            _ = try await pool.client.execute(RedisCommand("SET", pool.keys.stats(toolKey: "s_broken"), "no hash"))
            for index in 0..<3 { try await pool.submit(pool.job("job-\(index)", "s")) }
            try await pool.submit(pool.job("batch", "s", lane: .batch))
            try await pool.register("w-a", lanes: [pool.lane("s")])
            try await pool.deliver(pool.lane("s"), to: "w-a")
            let history = RedisHistory(pool.space, client: pool.client)
            let clock = ServerClock()
            try await withCoordinator(pool, lease: .seconds(9), workerLease: .seconds(60)) { _ in
                let point = try await eventually("there is a point") { try await history.points(now: clock.now()).first }
                #expect(point.calls == 43 && point.failed == 3 && point.reused == 8)
                #expect(point.queued + point.running == 4)
                #expect(point.running > 0)
                #expect(try await !pool.exists(SpaceKeys(empty).history))
                // It goes by itself where nobody adds to it.
                let left = try await pool.client.execute(RedisCommand("PTTL", pool.keys.history)).integer ?? 0
                #expect(left > RedisHistory.span && left <= 2 * RedisHistory.span)
            }
        }
    }

    @Test func `points older than an hour are not read, and their number is bounded`() async throws {
        try await withTestPool { pool in
            let history = RedisHistory(pool.space, client: pool.client)
            for id in ["1000-0", "3600500-0", "3600999-0"] {
                _ = try await pool.client.execute(RedisCommand("XADD", pool.keys.history, id, "calls", "7", "new", "x"))
            }
            let points = try await history.points(now: 7_200_600_000)
            #expect(points.map(\.at) == [3_600_999])
            #expect(points.map(\.calls) == [7])
            for _ in 0..<130 { try await history.note([]) }
            #expect(try await pool.client.execute(RedisCommand("XLEN", pool.keys.history)).integer == 120)
        }
    }
}
