import MCPStoreQueue
import MCPStoreRedis
import TestSupport
import Testing

@testable import MCPStore

/// S10: what a store asks of Redis, in connections and commands.
struct RoundTripTests {
    @Test func `S10: any number of callers share one connection for commands and one for blocking reads`() async throws {
        try await withRedisServer { redis in
            try await withStore(redis) { fixture in
                try await fixture.add("s", tools: ["t"])
                #expect(await fixture.waitForSnapshot { $0.services["s"]?.tools.count == 1 })
                let context = fixture.context
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<200 { group.addTask { try await context.listTools().count } }
                    for try await count in group { #expect(count == 1) }
                }
                let clients = try await fixture.client.execute(RedisCommand("CLIENT", "LIST")).string ?? ""
                let names = clients.split(separator: "\n").compactMap { line in
                    line.split(separator: " ").first { $0.hasPrefix("name=mcpstore:") }.map { String($0.dropFirst(5)) }
                }
                // The third is the test's own.
                #expect(names.sorted() == ["mcpstore:store", "mcpstore:store-inbox", "mcpstore:test"])
            }
        }
    }

    @Test func `S10: adding 300 services writes them in one command, and takes as many others as adding one`() async throws {
        try await withRedisServer { redis in
            try await withStore(redis) { fixture in
                func scripts(_ count: Int, _ prefix: String) async throws -> Int {
                    let before = try await Self.calls(fixture.client)
                    var services: [String: JSONValue] = [:]
                    for number in 0..<count { services["\(prefix)\(number)"] = ["command": "x"] }
                    try await fixture.context.addService(["mcpServers": .object(services)])
                    return try await Self.calls(fixture.client) - before
                }
                // The first time, scripts are loaded.
                _ = try await scripts(1, "first")
                #expect(try await scripts(1, "one") == 1)
                #expect(try await scripts(300, "many") == 1)
                #expect(try await fixture.context.listServices().count == 302)
            }
        }
    }

    /// How often scripts were run: configurations are written by one.
    private static func calls(_ client: RedisClient) async throws -> Int {
        let stats = try await client.execute(RedisCommand("INFO", "commandstats")).string ?? ""
        let line = stats.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_evalsha:calls=") }
        return line.flatMap { Int($0.dropFirst("cmdstat_evalsha:calls=".count).prefix { $0.isNumber }) } ?? 0
    }
}
