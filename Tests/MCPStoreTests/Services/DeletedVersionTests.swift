import MCPStoreRedis
import TestSupport
import Testing

@testable import MCPStore

@Suite(.timeLimit(.minutes(3))) struct DeletedVersionTests {
    /// Versions begin anew with the data, and workers remember those of before.
    @Test func `S15: after the data was deleted, workers hear what an operator says as before`() async throws {
        try await withFallbackStore(.running, fallback: false) { fixture in
            try await fixture.add("tools")
            for text in ["one", "two", "three"] {
                try await fixture.context.patchService("tools", ["description": .string(text)])
            }
            _ = try await fixture.redis(RedisCommand("FLUSHALL"))
            try await fixture.eventually("the worker is there again, with its service") {
                let leases = try await fixture.redis(RedisCommand("ZRANGE", "default:d:pool:leases", "0", "-1"))
                guard let worker = leases.array?.first?.string, leases.array?.count == 1 else { return false }
                let services = try await fixture.context.listServices()
                return services.map(\.name) == ["tools"] && services[0].isReady && services[0].workers == [worker]
            }
            #expect(try await fixture.context.pauseService("tools"))
            try await fixture.eventually("nothing is started") {
                do throws(MCPStoreError) {
                    _ = try await fixture.context.callTool("pid", timeout: .milliseconds(500), service: "tools")
                    return false
                } catch {
                    return error.message.contains("is paused")
                }
            }
            #expect(try await fixture.context.resumeService("tools"))
            #expect(try await !fixture.process(of: "tools").isEmpty)
        }
    }
}
