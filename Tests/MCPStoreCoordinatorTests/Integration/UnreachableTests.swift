import Logging
import MCPStoreCoordinator
import MCPStoreQueue
import MCPStoreRedis
import TestSupport
import Testing

@Suite struct UnreachableTests {
    /// A server that is stopped, with its port, and a coordinator that has tried to reach it.
    private func withStoppedRedis(
        _ url: (RedisServer) -> String,
        _ body: (RedisServer, RunningCoordinator) async throws -> Void
    ) async throws {
        try await withRedisServer { server in
            await server.stop()
            let configuration = try RedisConfiguration(url: url(server), socketTimeout: .milliseconds(200))
            try await withRedisClient(configuration) { client in
                let running = RunningCoordinator(try TestPool(client: client, configuration: configuration))
                // Several attempts have failed by then.
                try await eventually("it has tried") { running.log.lines.count { $0.text.contains("cannot ask who leads") } >= 2 }
                do {
                    try await body(server, running)
                } catch {
                    try await running.stop()
                    throw error
                }
                try await running.stop()
            }
        }
    }

    @Test func `without Redis it warns once, without the password, and goes on trying`() async throws {
        try await withStoppedRedis {
            "redis://:hush-hush@127.0.0.1:\($0.port)"
        } _: { _, running in
            let warnings = running.log.lines.filter { $0.level >= .warning }
            #expect(warnings.count == 1, "\(warnings)")
            #expect(warnings.first?.text.contains("127.0.0.1") == true)
            #expect(!running.log.contains("hush-hush"))
            #expect(!running.coordinator.isLeading)
            #expect(!running.coordinator.isReady)
        }
    }

    @Test func `it leads as soon as Redis is there`() async throws {
        try await withStoppedRedis(\.url) { server, running in
            try await server.restart()
            try await eventually("it leads") { running.coordinator.isLeading && running.coordinator.isReady }
        }
    }
}
