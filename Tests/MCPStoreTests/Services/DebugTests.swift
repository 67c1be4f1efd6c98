import Logging
import MCPStore
import NIOConcurrencyHelpers
import TestSupport
import Testing

@Suite struct DebugTests {
    @Test func `S19: debug is visible with the log handler that a program has without doing anything`() async throws {
        let server = try await RedisServer.shared()
        var options = RedisOptions(url: server.url, namespace: "debug-default", dataspace: "auto")
        options.socketTimeout = .seconds(10)
        // No bootstrap and no logger: swift-log's own handler, which writes to standard error.
        let store = try await MCPStore.setup(debug: true, redis: options)
        #expect(store.logger.handler is StreamLogHandler)
        #expect(store.logger.handler.logLevel == .debug && store.logger.label == "mcpstore")
        await store.close()
    }

    @Test func `S19: a logger of one's own gets the lines, whatever its level was`() async throws {
        let server = try await RedisServer.shared()
        for debug in [true, false] {
            let lines = NIOLockedValueBox<[String]>([])
            var logger = Logger(label: "mine") { _ in LineHandler(lines: lines) }
            logger.logLevel = .warning
            let options = RedisOptions(url: server.url, namespace: "debug-own", dataspace: "auto", socketTimeout: .seconds(10))
            let store = try await MCPStore.setup(debug: debug, redis: options, logger: logger)
            _ = try await store.forStore().listServices()
            await store.close()
            let all = lines.withLockedValue { $0 }
            #expect(all.contains { $0.contains("Redis ") && $0.contains("redis_duration") } == debug)
            if !debug { #expect(all.isEmpty, "\(all)") }
        }
    }
}

private struct LineHandler: LogHandler {
    let lines: NIOLockedValueBox<[String]>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(lines: NIOLockedValueBox<[String]>) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        lines.withLockedValue { $0.append("\(event.level) \(event.message) \(all)") }
    }
}
