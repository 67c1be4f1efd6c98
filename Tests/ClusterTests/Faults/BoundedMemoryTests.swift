import Foundation
import MCPStore
import MCPStoreRedis
import Synchronization
import TestSupport
import Testing

@Suite struct `Memory that stays bounded` {
    /// Jobs, and bytes of each answer: 72 MB that nobody reads.
    private static let (jobs, bytes) = (1200, 60_000)

    @Test func `A server floods and a caller never reads its inbox: the worker's memory is bounded, and the inbox expires`()
        async throws
    {
        try await withFaultyCluster(workers: 1, workerArguments: ["--concurrency", "16"]) { cluster in
            try await cluster.add("flood", try FloodServer.command(in: cluster))
            let context = try await cluster.openStore().forStore()
            try await cluster.add("tools")
            let call = CallBatch.Call(tool: "big", id: "first", arguments: ["bytes": 10])
            let first = await CallBatch.run(call, in: context)
            #expect(first.outcome == "ok", "\(first)")
            let worker = cluster.workers[0].processIdentifier
            let before = try ProcessTable.residentBytes(of: worker)

            let inbox = "\(cluster.space):inbox:silent"
            let largest = try await cluster.withRedis { redis in
                // As a caller makes it (docs/keys.md), and then is stopped for good; with more than 60 s, for a machine may be slow.
                _ = try await redis.execute(RedisCommand("XADD", inbox, "*", "id", "", "outcome", "open"))
                _ = try await redis.execute(RedisCommand("PEXPIRE", inbox, "1800000"))
                try await submit(redis, cluster)
                return try await largestMemory(of: worker) {
                    try await redis.execute(RedisCommand("XLEN", "\(cluster.space):jobs:tools")).integer == 0
                }
            }
            // They are there, and nobody has read them.
            try await cluster.withRedis { redis in
                let memory = try await redis.execute(RedisCommand("MEMORY", "USAGE", inbox, "SAMPLES", "0")).integer ?? 0
                #expect(memory > Self.jobs * Self.bytes)
            }
            let flooded = await CallBatch.run(.init(tool: "flooded", id: "f", arguments: [:]), in: context)
            let answers = Self.jobs * Self.bytes
            print(
                "MEASURED flood of \(flooded.text) bytes, \(answers) bytes of answers that nobody reads: the worker's resident memory was \(before), at most \(largest)"
            )
            #expect((Int(flooded.text) ?? 0) > 1 << 20, "\(flooded)")
            // Three quarters of the answers alone would be as much; 8 MiB are the settlements that it keeps. Usual are 32 to 37 MB, much of it
            // what the allocator holds.
            #expect(largest - before < 54_000_000)
            #expect(largest < 300 << 20)
            try await checkExpiries(cluster, inbox)
        }
    }

    private func submit(_ redis: RedisClient, _ cluster: ClusterFixture) async throws {
        let now = Int(Date().timeIntervalSince1970 * 1_000_000)
        for start in stride(from: 0, to: Self.jobs, by: 200) {
            let commands = (start..<start + 200).map { number in
                RedisCommand(
                    "XADD",
                    "\(cluster.space):jobs:tools",
                    "NOMKSTREAM",
                    "*",
                    "id",
                    "silent-\(number)",
                    "name",
                    "big",
                    "timeout",
                    "600000",
                    "submitted",
                    "\(now)",
                    "params",
                    #"{"name":"big","arguments":{"bytes":\#(Self.bytes)}}"#
                )
            }
            for reply in await redis.pipeline(commands) { _ = try reply.get() }
        }
    }

    /// Looks at a process until `isOver`.
    private func largestMemory(of process: pid_t, until isOver: () async throws -> Bool) async throws -> Int {
        var largest = 0
        try await eventually("all jobs have ended", within: .seconds(280)) {
            largest = max(largest, try ProcessTable.residentBytes(of: process))
            return try await isOver()
        }
        return largest
    }

    /// What nobody reads goes by itself, and does not come back.
    private func checkExpiries(_ cluster: ClusterFixture, _ inbox: String) async throws {
        try await cluster.withRedis { redis in
            let left = try await redis.execute(RedisCommand("PTTL", inbox)).integer ?? 0
            // Nobody renewed it, neither an outcome nor progress: it would have 60 s.
            #expect((60_001...1_800_000).contains(left), "\(left)")
            _ = try await redis.execute(RedisCommand("PEXPIRE", inbox, "1"))
            try await eventually("the inbox is gone") {
                try await redis.execute(RedisCommand("EXISTS", inbox)).integer == 0
            }
            let late = RedisCommand(
                "XADD",
                "\(cluster.space):jobs:tools",
                "*",
                "id",
                "silent-late",
                "name",
                "big",
                "submitted",
                "1",
                "params",
                #"{"name":"big","arguments":{"bytes":100000}}"#
            )
            _ = try await redis.execute(late)
            try await eventually("the late job has ended") {
                try await redis.execute(RedisCommand("XLEN", "\(cluster.space):jobs:tools")).integer == 0
            }
            let keys = [inbox, "\(cluster.space):result:silent-late"]
            for key in keys { #expect(try await redis.execute(RedisCommand("EXISTS", key)).integer == 0, "\(key)") }
        }
    }

    @Test func `Progress comes through up to its bound, and the call of a server that reports too much is answered`() async throws
    {
        try await withFaultyCluster(workers: 1) { cluster in
            try await cluster.add("flood", try FloodServer.command(in: cluster))
            let context = try await cluster.openStore().forStore()
            for (bytes, arrives) in [(15 << 10, true), (17 << 10, false)] {
                let seen = Mutex(0)
                let result = try await context.callTool("report", ["bytes": .integer(bytes)], timeout: .seconds(30)) { _ in
                    seen.withLock { $0 += 1 }
                }
                #expect(result.text == "reported")
                #expect(seen.withLock { $0 } == (arrives ? 1 : 0), "\(bytes)")
            }
        }
    }

    @Test func `A large result of a caller that is gone expires`() async throws {
        try await withFaultyCluster(workers: 1) { cluster in
            try await cluster.add("tools")
            try await cluster.withRedis { redis in
                let inbox = "\(cluster.space):inbox:silent"
                _ = try await redis.execute(RedisCommand("XADD", inbox, "*", "id", "", "outcome", "open"))
                _ = try await redis.execute(RedisCommand("PEXPIRE", inbox, "1800000"))
                let params = #"{"name":"big","arguments":{"bytes":300000}}"#
                let job = ["id", "silent-1", "name", "big", "submitted", "1", "params", params]
                var command = RedisCommand("XADD", argumentCapacity: 256)
                for text in ["\(cluster.space):jobs:tools", "NOMKSTREAM", "*"] + job { command.append(text) }
                _ = try await redis.execute(command)
                let key = "\(cluster.space):result:silent-1"
                let lifetime = try await eventually("the result lies in a key of its own") {
                    let lifetime = try await redis.execute(RedisCommand("PTTL", key)).integer ?? -2
                    return lifetime == -2 ? nil : lifetime
                }
                #expect((1...120_000).contains(lifetime), "\(lifetime)")
            }
        }
    }
}
