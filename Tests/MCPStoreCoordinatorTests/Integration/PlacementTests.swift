import MCPStoreCoordinator
import MCPStoreQueue
import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@Suite struct PlacementTests {
    @Test func `services are placed, replicated when a worker joins, moved when one leaves, and unplaced when removed`()
        async throws
    {
        try await withTestPool { pool in
            try await pool.add("one")
            try await pool.add("two", #"{"replicas":2}"#)
            try await pool.register("w-a")
            try await withCoordinator(pool) { _ in
                try await eventually("both are on the only worker") {
                    try await pool.redisPool.placement() == [pool.service("one"): ["w-a"], pool.service("two"): ["w-a"]]
                }
                try await pool.register("w-b")
                try await eventually("the missing replica goes to the new worker") {
                    try await pool.redisPool.placement()[pool.service("two")] == ["w-a", "w-b"]
                }
                #expect(try await pool.redisPool.placement()[pool.service("one")] == ["w-a"])
                #expect(try await pool.redisPool.services(of: "w-b") == [pool.service("two")])
                #expect(try await pool.entries(pool.pool.control("w-b")).map { $0["op"] } == ["open", "place"])

                try await pool.leave("w-a")
                try await eventually("all is on the worker that is left") {
                    try await pool.redisPool.placement() == [pool.service("one"): ["w-b"], pool.service("two"): ["w-b"]]
                }
                try await pool.remove("one")
                try await eventually("the removed one is nowhere") {
                    try await pool.redisPool.placement() == [pool.service("two"): ["w-b"]]
                }
                #expect(try await pool.redisPool.services(of: "w-b") == [pool.service("two")])
            }
        }
    }

    @Test func `labels, space patterns and the pool of a service are respected`() async throws {
        try await withTestPool { pool in
            try await pool.register("w-gpu", labels: ["gpu": "yes"])
            try await pool.register("w-other", spaces: ["elsewhere:*"])
            try await pool.register("w-plain")
            try await withCoordinator(pool) { _ in
                try await pool.add("gpu", #"{"labels":{"gpu":"yes"},"replicas":3}"#)
                try await pool.add("none", #"{"labels":{"gpu":"no"}}"#)
                try await pool.add("embedded", #"{"placement":"embedded"}"#)
                try await pool.add("broken", #"{"replicas":"many"}"#)
                try await pool.add("all", #"{"replicas":5,"placement":"cluster"}"#)
                try await eventually("the last one is placed") {
                    try await pool.redisPool.placement()[pool.service("all")]?.sorted() == ["w-gpu", "w-plain"]
                }
                let placement = try await pool.redisPool.placement()
                #expect(placement[pool.service("gpu")] == ["w-gpu"])
                #expect(placement.count == 2)
            }
        }
    }

    @Test func `a worker that drains gives its services to another`() async throws {
        try await withTestPool { pool in
            try await pool.add("s")
            try await pool.register("w-a")
            try await withCoordinator(pool) { _ in
                try await eventually("it is placed") { try await pool.redisPool.placement()[pool.service("s")] == ["w-a"] }
                try await pool.register("w-b")
                let arguments: [RedisArgument] = ["w-a", 60_000, "draining", "1"]
                _ = try await pool.client.evaluate(
                    Scripts.workerRenew,
                    keys: [pool.pool.leases, pool.pool.worker("w-a")],
                    arguments: arguments
                )
                try await eventually("it moved") { try await pool.redisPool.placement()[pool.service("s")] == ["w-b"] }
            }
        }
    }

    @Test func `an embedded pool takes embedded services only`() async throws {
        try await withTestPool { base in
            var pool = base
            pool.pool = Pool(embeddedIn: base.space)
            try await pool.register("w-me")
            try await pool.add("mine", #"{"placement":"embedded"}"#)
            try await pool.add("theirs")
            try await withCoordinator(pool) { _ in
                try await eventually("mine is placed") {
                    try await pool.redisPool.placement() == [pool.service("mine"): ["w-me"]]
                }
            }
        }
    }

    @Test func `a thousand services that were there before are spread over the workers, and stay there under the next leader`()
        async throws
    {
        try await withTestPool { pool in
            for index in 0..<5 { try await pool.register("w-\(index)") }
            try await pool.redisPool.announce(pool.space)
            let services = (0..<1000).map { (name: "s\($0)", configuration: ByteBuffer(string: "{}"), expected: Int?.none) }
            _ = try await pool.registry.put(services, by: "test")
            try await withCoordinator(pool) { _ in
                try await eventually("all are placed") { try await pool.redisPool.placement().count == 1000 }
            }
            let placement = try await pool.redisPool.placement()
            for index in 0..<5 {
                let mine = try await pool.redisPool.services(of: "w-\(index)")
                #expect((100...250).contains(mine.count))
                #expect(mine.allSatisfy { placement[$0] == ["w-\(index)"] })
            }
            try await withCoordinator(pool) { running in
                try await pool.add("last")
                try await eventually("it is placed") { try await pool.redisPool.placement().count == 1001 }
                let after = try await pool.redisPool.placement().filter { $0.key != pool.service("last") }
                #expect(after == placement)
                #expect(running.log.contains("leads from now on"))
            }
        }
    }
}
