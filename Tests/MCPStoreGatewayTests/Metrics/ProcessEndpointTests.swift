import AsyncHTTPClient
import MCPStore
import NIOCore
import NIOHTTP1
import NIOPosix
import TestSupport
import Testing

@testable import MCPStoreGateway

/// What real workers and coordinators show to those who watch them.
struct ProcessEndpointTests {
    private func get(_ url: String) async throws -> (status: Int, text: String) {
        let client = HTTPClient(eventLoopGroup: .singletonMultiThreadedEventLoopGroup)
        do {
            let response = try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(60))
            let text = String(buffer: try await response.body.collect(upTo: 1 << 20))
            try await client.shutdown()
            return (Int(response.status.code), text)
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    private func withProcess(_ arguments: [String], _ redis: RedisServer, _ body: (String) async throws -> Void) async throws {
        let process = try ChildProcess.start(
            [BuiltProduct.path(of: "mcpstore")] + arguments + ["--metrics-port", "0", "--redis", redis.url],
            environment: [:]
        )
        do {
            let line = try await process.line(containing: "metrics are served", within: .seconds(90))
            let url = line.split(separator: " ").first { $0.hasPrefix("url=") }.map { String($0.dropFirst(4)) }
            try await body(try #require(url?.replacing("/metrics", with: ""), "\(line)"))
            await process.stop()
        } catch {
            await process.stop()
            throw error
        }
    }

    @Test func `A worker is ready while it really consumes, and not while Redis is away`() async throws {
        try await withRedisServer { redis in
            try await withProcess(["worker"], redis) { url in
                try await eventually("it is ready", within: .seconds(90), that: { try await get(url + "/readyz").status == 200 })
                let page = try await get(url + "/metrics").text
                #expect(page.contains("mcpstore_process_ready{role=\"worker\"} 1"), "\(page)")
                #expect(page.contains("mcpstore_worker_process_slots 128") && page.contains("mcpstore_worker_process_jobs 0"))
                #expect(page.contains("mcpstore_redis_round_trip_seconds_bucket"), "\(page)")
                let count = page.split(separator: "\n").first { $0.hasPrefix("mcpstore_redis_round_trip_seconds_count") }
                #expect((count?.split(separator: " ").last).flatMap { Int($0) } ?? 0 > 0, "\(page)")
                await redis.stop()
                try await eventually(
                    "it is not ready",
                    within: .seconds(90),
                    that: { try await get(url + "/readyz").status == 503 }
                )
                #expect(try await get(url + "/healthz").status == 200)
                #expect(try await get(url + "/metrics").text.contains("mcpstore_process_ready{role=\"worker\"} 0"))
                try await redis.restart()
                try await eventually(
                    "it is ready again",
                    within: .seconds(90),
                    that: { try await get(url + "/readyz").status == 200 }
                )
            }
        }
    }

    @Test func `A coordinator says whether it leads`() async throws {
        try await withRedisServer { redis in
            try await withProcess(["coordinator"], redis) { url in
                try await eventually(
                    "it leads",
                    within: .seconds(90),
                    that: {
                        try await get(url + "/metrics").text.contains("mcpstore_coordinator_process_leads 1")
                    }
                )
                #expect(try await get(url + "/readyz").status == 200)
                #expect(try await get(url + "/else").status == 404)
            }
        }
    }
}
