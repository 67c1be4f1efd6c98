import MCPStoreRedis
import NIOConcurrencyHelpers
import TestSupport
import Testing

/// Counts what callers were told against what the server has done, under cancellations and lost connections.
@Suite(.timeLimit(.minutes(5))) struct LedgerTests {
    private struct Ledger {
        var succeeded = 0
        var inDoubt = 0
        var notExecuted = 0
        var total: Int { self.succeeded + self.inDoubt + self.notExecuted }

        mutating func add(_ error: RedisError?) {
            switch error {
            case nil: self.succeeded += 1
            case .some(let error) where error.mayHaveExecuted: self.inDoubt += 1
            case .some: self.notExecuted += 1
            }
        }
    }

    @Test func `no increment is lost or done twice through cancellations and killed connections`() async throws {
        try await withRedisServer { server in
            let script = RedisScript(name: "increment", source: Array("return redis.call('INCR', KEYS[1])".utf8))
            let ledger = NIOLockedValueBox(Ledger())
            try await withRedisClient(server.configuration(socketTimeout: .seconds(10))) { client in
                try await withRedisClient(server.configuration(), name: "killer") { killer in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for caller in UInt64(1)...16 {
                            group.addTask { await self.call(client, script, seed: caller, ledger) }
                        }
                        group.addTask { try await self.disturb(killer) }
                        try await group.waitForAll()
                    }
                }
                let number = try await client.execute(RedisCommand("GET", "n")).integer ?? 0
                let final = ledger.withLockedValue { $0 }
                #expect(final.total == 16 * 60, "every caller was told something, once")
                #expect(
                    final.succeeded <= number && number <= final.succeeded + final.inDoubt,
                    "\(final), the server counted \(number)"
                )
                #expect(final.succeeded > 0)
                #expect(final.inDoubt > 0, "the disturbances hit nothing, so this run proves nothing: \(final)")
            }
        }
    }

    /// Sixty increments in one of four ways, some of them cancelled at a random moment.
    private func call(_ client: RedisClient, _ script: RedisScript, seed: UInt64, _ ledger: NIOLockedValueBox<Ledger>) async {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<15 {
            var results: [RedisError?] = []
            results += await client.pipeline([RedisCommand("INCR", "n"), RedisCommand("INCR", "n")]).map { result in
                if case .failure(let error) = result { error } else { nil }
            }
            let single = Task { await redisError { _ = try await client.execute(RedisCommand("INCR", "n")) } }
            let scripted = Task { await redisError { _ = try await client.evaluate(script, keys: ["n"], arguments: []) } }
            for task in [single, scripted] {
                for _ in 0..<Int.random(in: 0..<4, using: &generator) { await Task.yield() }
                if Int.random(in: 0..<3, using: &generator) == 0 { task.cancel() }
            }
            results += [await single.value, await scripted.value]
            ledger.withLockedValue { ledger in
                for error in results { ledger.add(error) }
            }
        }
    }

    /// Kills the other connections and drops the scripts, again and again, each time after some round trips.
    private func disturb(_ killer: RedisClient) async throws {
        for round in 0..<8 {
            for _ in 0..<20 { _ = try await killer.execute(RedisCommand("PING")) }
            _ = try await killer.execute(RedisCommand("SCRIPT", "FLUSH", "SYNC"))
            if round % 2 == 1 {
                _ = try await killer.execute(RedisCommand("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"))
            }
        }
    }
}
