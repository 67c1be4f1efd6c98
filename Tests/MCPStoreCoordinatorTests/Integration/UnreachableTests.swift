import Logging
import MCPStoreCoordinator
import MCPStoreQueue
import MCPStoreRedis
import TestSupport
import Testing

@Suite struct UnreachableTests {
    @Test func `without Redis it warns once, without the password, and leads as soon as Redis is there`() async throws {
        try await withRedisServer { server in
            await server.stop()
            let url = "redis://:hush-hush@127.0.0.1:\(server.port)"
            let configuration = try RedisConfiguration(url: url, socketTimeout: .milliseconds(200))
            let open = try server.configuration()
            try await withRedisClient(open) { client in
                let pool = try TestPool(client: client, configuration: open)
                let running = RunningCoordinator(pool, configuration: configuration)
                // Several attempts have failed by then.
                try await eventually("it has tried") { running.log.lines.count { $0.text.contains("cannot ask who leads") } >= 2 }
                let warnings = running.log.lines.filter { $0.level >= .warning }
                #expect(warnings.count == 1, "\(warnings)")
                #expect(!running.log.contains("hush-hush"))
                #expect(!running.coordinator.isLeading)
                #expect(!running.coordinator.isReady)
                try await running.stop()
            }
            try await server.restart()
            let running = try await withRedisClient(open) { client in
                let pool = try TestPool(client: client, configuration: open)
                await server.stop()
                let running = RunningCoordinator(pool)
                try await eventually("it has tried") { running.log.contains("cannot ask who leads") }
                try await server.restart()
                try await eventually("it leads") { running.coordinator.isLeading && running.coordinator.isReady }
                return running
            }
            try await running.stop()
        }
    }
}
