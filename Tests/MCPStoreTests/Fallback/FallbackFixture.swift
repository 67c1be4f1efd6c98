import Foundation
import Logging
import MCPStoreRedis
import TestSupport
import Testing

@testable import MCPStore

/// An embedded store over a redis-server that comes and goes, and what it logs.
struct FallbackFixture: Sendable {
    let server: RedisServer
    let store: MCPStore
    let log: LogRecorder
    let options: RedisOptions
    let directory: TemporaryDirectory

    var context: StoreContext { store.forStore() }
    var record: String { directory.path + "/record" }
    var warnings: [String] { log.lines.filter { $0.level >= .warning }.map(\.text) }

    func entry(_ arguments: [String] = []) -> JSONValue {
        [
            "command": .string(BuiltProduct.path(of: "toolserver")),
            "args": .array((["--record", record] + arguments).map { .string($0) }),
        ]
    }

    func add(_ name: String) async throws {
        try await context.addService(["mcpServers": [name: entry()]])
        try await context.waitService(name, timeout: .seconds(60))
    }

    func process(of name: String) async throws -> String { try await context.callTool("pid", service: name).text }

    func executions(_ event: String = "start") throws -> Int {
        guard let bytes = FileManager.default.contents(atPath: record) else { return 0 }
        return try bytes.split(separator: UInt8(ascii: "\n")).count {
            try JSONValue(parsing: Data($0))["event"]?.stringValue == event
        }
    }

    /// Waits for what nothing tells.
    func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
        try await TestSupport.eventually(what, within: .seconds(40), that: condition)
    }

    /// A call with side effects that runs in its server until something ends it, and how it ended; `nil`: with an answer.
    func beginLongCall() async throws -> Task<MCPStoreError.Code?, Never> {
        let context = context
        let call = Task { () async -> MCPStoreError.Code? in
            do throws(MCPStoreError) {
                _ = try await context.callTool("record_destructive", ["id": "x", "ms": 600_000], timeout: .seconds(600))
                return nil
            } catch {
                return error.code
            }
        }
        try await eventually("it runs") { try executions() == 1 }
        return call
    }

    /// A value in Redis, asked for over a connection of its own.
    func redis(_ command: RedisCommand) async throws -> RESPReply {
        try await withRedisClient(try server.configuration()) { try await $0.execute(command) }
    }
}

/// How Redis is when the store starts.
enum RedisAtStart {
    case running
    case refusing
    /// It accepts connections and never answers.
    case hanging
    /// It demands a password that the store does not have.
    case locked
}

func withFallbackStore<R>(
    _ start: RedisAtStart,
    fallback: Bool = true,
    embedded: Bool = true,
    dataspace: String = "d",
    _ body: (FallbackFixture) async throws -> R
) async throws -> R {
    var options = RedisServer.Options()
    options.appendOnly = true
    if start == .locked { options.password = "s3cret-of-redis" }
    return try await withRedisServer(options) { server in
        switch start {
        case .running, .locked: break
        case .refusing: await server.stop()
        case .hanging: server.pause()
        }
        let directory = try TemporaryDirectory("fallback")
        defer { directory.remove() }
        let log = LogRecorder()
        let redis = RedisOptions(
            url: "redis://127.0.0.1:\(server.port)",
            dataspace: dataspace,
            socketTimeout: .milliseconds(500),
            embedded: embedded,
            fallback: fallback
        )
        var logger = log.logger
        logger.logLevel = .info
        let store = try await MCPStore.setup(redis: redis, logger: logger)
        let fixture = FallbackFixture(server: server, store: store, log: log, options: redis, directory: directory)
        do {
            let result = try await body(fixture)
            await store.close()
            return result
        } catch {
            await store.close()
            throw error
        }
    }
}
