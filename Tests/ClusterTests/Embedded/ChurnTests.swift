import MCPStore
import TestSupport
import Testing

/// Stores that come and go in one process.
@Suite struct `Many stores in one process` {
    private func measure(_ answer: [String: JSONValue], _ name: String) -> Int { answer[name]?.integerValue ?? -1 }

    @Test func `S16: 50 stores at once work beside each other, and leave nothing`() async throws {
        try await withBareRedis { redis in
            let store = try await StoreProcess.start(redis)
            let before = try await store.run("process")
            let answer = try await store.run(
                "churn",
                ["stores": 50, "rounds": 1, "command": .string(BuiltProduct.path(of: "toolserver"))]
            )
            #expect(answer["answered"] == 50)
            let after = try await store.run("process")
            #expect(measure(after, "descriptors") <= measure(before, "descriptors") + 4, "\(before) \(after)")
            #expect(try ProcessTable.descendants(of: store.process.processIdentifier) == [])
            #expect(try await store.close() == .exited(0))
            #expect(try await redis.keys("*:pool:*") == [])
        }
    }

    @Test func `S8: 200 stores one after the other leave no descriptor, no memory and no child`() async throws {
        try await withBareRedis { redis in
            let store = try await StoreProcess.start(redis)
            let order: [String: JSONValue] = ["stores": 1, "dataspace": "auto"]
            try await store.run("churn", order.merging(["rounds": 50]) { $1 })
            let before = try await store.run("process")
            try await store.run("churn", order.merging(["rounds": 200]) { $1 })
            let after = try await store.run("process")
            print("MEASURED 200 stores one after the other: before \(before), after \(after)")
            #expect(measure(after, "descriptors") <= measure(before, "descriptors") + 4, "\(before) \(after)")
            #expect(measure(after, "threads") <= measure(before, "threads") + 4, "\(before) \(after)")
            // 200 stores that stayed would be far more.
            #expect(measure(after, "memoryKiB") <= measure(before, "memoryKiB") + 8192, "\(before) \(after)")
            #expect(try await redis.keys("shop:auto-*") == [])
            #expect(try await store.close() == .exited(0))
        }
    }

    @Test func `A store that is let go of without a close ends with its process, and its Redis connections with it`() async throws
    {
        try await withBareRedis { redis in
            let store = try await StoreProcess.start(redis)
            try await store.run("churn", ["stores": 1, "rounds": 5, "drop": true])
            // The process is well, and ends.
            try await store.addTools("tools")
            #expect(try await store.echo("tools") == "hi")
            #expect(try await store.close() == .exited(0))
        }
    }
}
