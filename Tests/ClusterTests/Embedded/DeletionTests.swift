import Foundation
import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

@Suite struct `Deleting the data of a namespace` {
    @Test func `S15: a store that does nothing notices it too, again and again, and writes its services back`() async throws {
        try await withBareRedis { redis in
            let store = try await StoreProcess.start(redis)
            try await store.addTools("tools")
            for round in 0..<3 {
                _ = try await redis.ask("FLUSHALL")
                try await eventually("the service is there again") {
                    let services = try await store.run("list")["services"]?.objectValue
                    return services?["tools"]?.objectValue?["status"] == "healthy"
                }
                #expect(try await store.echo("tools", "\(round)") == "\(round)")
            }
            // What somebody removed stays removed.
            let other = try await StoreProcess.start(redis)
            try await other.run("remove", ["name": "tools"])
            try await eventually("the store knows") { try await store.run("list")["services"]?.objectValue?.isEmpty == true }
            _ = try await redis.ask("FLUSHALL")
            try await eventually("the store is back") { try await redis.keys("*:inbox:*").count == 2 }
            #expect(try await store.run("list")["services"]?.objectValue?.isEmpty == true)
            for store in [store, other] { #expect(try await store.close() == .exited(0)) }
        }
    }

    @Test func `S15: the seed's own redis-cli line under running calls leaves working stores`() async throws {
        try await withBareRedis { redis in
            let first = try await StoreProcess.start(redis)
            let second = try await StoreProcess.start(redis)
            let other = try await StoreProcess.start(redis, namespace: "other")
            try await first.addTools("a")
            try await second.addTools("b")
            try await other.addTools("a")
            // On its own store and on the other one's; both have a deadline far away.
            let sleep: [String: JSONValue] = ["ms": 300_000]
            let order: [String: JSONValue] = ["name": "a_sleep", "arguments": .object(sleep), "timeout": 600_000]
            let calls = [(first, try first.begin("call", order)), (second, try second.begin("call", order))]
            let elsewhere = try other.begin("call", ["name": "a_sleep", "arguments": ["ms": 3000]])
            try await eventually("both calls run") {
                try await redis.ask("XPENDING", "shop:workspace1:jobs:a", "workers").array?.first?.integer == 2
            }

            let line = "redis-cli -p \(redis.port) --scan --pattern 'shop:*' | xargs redis-cli -p \(redis.port) del"
            let shell = try ChildProcess.start(["/bin/sh", "-c", line])
            #expect(try await shell.exit() == .exited(0))
            #expect((Int(shell.output.split(separator: "\n").first ?? "") ?? 0) > 30, "\(shell.output)")

            let deleted = ContinuousClock.now
            for (store, call) in calls {
                let answer = try await store.answer(call, within: .seconds(20))
                #expect(answer["code"] == "unknown", "\(answer)")
            }
            print("MEASURED waiting calls ended \(ContinuousClock.now - deleted) after the deletion")
            for store in [first, second] {
                for name in ["a", "b"] {
                    try await eventually("'\(name)' answers again", within: .seconds(30)) {
                        let call: [String: JSONValue] = [
                            "name": .string("\(name)_echo"), "arguments": ["text": "back"], "timeout": 5000,
                        ]
                        return try await store.answer(try store.begin("call", call))["text"] == "back"
                    }
                }
            }
            print("MEASURED all services answer again \(ContinuousClock.now - deleted) after the deletion")
            for name in ["a", "b"] { try await first.run("wait", ["name": .string(name)]) }
            // The other namespace noticed nothing.
            #expect(try await other.answer(elsewhere)["ok"] == true)
            #expect(try await other.echo("a") == "hi")
            for store in [first, second, other] { #expect(try await store.close() == .exited(0)) }
            #expect(try await redis.keys("*:pool:*") == [])
        }
    }
}
