import MCPStoreCoordinator
import MCPStoreQueue
import MCPStoreRedis
import TestSupport
import Testing

@Suite struct OverdueTests {
    @Test func `queued jobs past their deadline end as unavailable where nobody hosts their service`() async throws {
        try await withTestPool { pool in
            try await pool.add("s")
            try await pool.openInbox()
            for index in 0..<230 { try await pool.submit(pool.job("late-\(index)", "s", timeout: 1)) }
            try await pool.submit(pool.job("young", "s"))
            try await withCoordinator(pool) { _ in
                try await eventually("they have ended") { try await pool.inbox().count == 230 }
                let inbox = try await pool.inbox()
                #expect(inbox.values.allSatisfy { $0.map(\.kind) == ["unavailable"] })
                #expect(inbox["late-0"]?.first?.payload.contains("no worker hosts it yet") == true)
                #expect(inbox["late-0"]?.first?.payload.contains("\"phase\":\"waiting\"") == true)
                #expect(try await pool.length(pool.lane("s")) == 1)
                #expect(try await pool.stats()?.outcomes == [.unavailable: 230])
            }
        }
    }

    @Test func `where the service is healthy they end as timed out`() async throws {
        try await withTestPool { pool in
            try await pool.add("s")
            try await pool.openInbox()
            try await pool.register("w-a")
            try await pool.registry.publish(
                ServiceView(status: .healthy, reason: "", pool: pool.pool.description),
                of: "s",
                worker: "w-a"
            )
            try await pool.submit(pool.job("late", "s", timeout: 1))
            try await withCoordinator(pool) { _ in
                try await eventually("it has ended") { try await pool.inbox()["late"]?.map(\.kind) == ["timedOut"] }
            }
        }
    }

    /// Its caller died: nobody else ends it.
    @Test func `a short limit for waiting is found behind thousands of jobs with more time`() async throws {
        try await withTestPool { pool in
            try await pool.add("s")
            try await pool.openInbox()
            let lane = pool.lane("s").key
            _ = try await pool.client.execute(RedisCommand("XGROUP", "CREATE", lane, "workers", "0", "MKSTREAM"))
            let long = ["name", "echo", "inbox", "caller", "timeout", "3600000", "params", "{}"]
            func add(_ id: String, _ fields: [String]) -> RedisCommand {
                var command = RedisCommand("XADD", lane, "*", "id", id)
                for text in fields + long { command.append(text) }
                return command
            }
            let before = (0..<2500).map { add("long-\($0)", []) }
            for reply in await pool.client.pipeline(before + [add("short", ["wait", "1"])]) { _ = try reply.get() }
            try await withCoordinator(pool) { _ in
                try await eventually("it has ended") { try await pool.inbox()["short"] != nil }
            }
            #expect(try await pool.length(pool.lane("s")) == before.count)
            #expect(try await pool.inbox().count == 1)
        }
    }
}
