import Foundation
import Logging
import MCPStore
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// How a store gets to its Redis, and how long it waits for it: rows S11 and S12 of the seed, with real servers.
struct ConnectionTests {
    /// Sets up a store, uses it, closes it.
    private func use(_ options: RedisOptions, logger: Logger = .silent) async throws {
        let store = try await MCPStore.setup(redis: options, logger: logger)
        do {
            #expect(try await store.forStore().listServices().isEmpty)
            await store.close()
        } catch {
            await store.close()
            throw error
        }
    }

    private func failure(_ options: RedisOptions) async -> MCPStoreError? {
        do {
            try await use(options)
            return nil
        } catch {
            return error as? MCPStoreError
        }
    }

    private func options(_ url: String, password: String? = nil, tls: RedisOptions.TLS? = nil) -> RedisOptions {
        RedisOptions(url: url, password: password, namespace: "s12", socketTimeout: .seconds(10), fallback: false, tls: tls)
    }

    @Test func `S12: a password works inside the URL, beside it, and with a user`() async throws {
        var server = RedisServer.Options()
        server.password = "p@ss/w:rd"
        server.users = ["app on >app-pass ~* +@all"]
        try await withRedisServer(server) { redis in
            let address = "127.0.0.1:\(redis.port)"
            let encoded = "p%40ss%2Fw%3Ard"
            for good in [
                options("redis://:\(encoded)@\(address)"), options("redis://\(address)", password: "p@ss/w:rd"),
                options("redis://default:\(encoded)@\(address)"), options("redis://app:app-pass@\(address)"),
                options("redis://app@\(address)", password: "app-pass"),
                options("redis://:\(encoded)@\(address)", password: "p@ss/w:rd"),
            ] {
                #expect(await failure(good) == nil)
            }
            for bad in [
                options("redis://\(address)"), options("redis://\(address)", password: "app-pass"),
                options("redis://app:p@\(address)"),
            ] {
                let error = try #require(await failure(bad))
                #expect(error.code == .redis && !error.message.contains("app-pass"), "\(error)")
            }
        }
    }

    @Test func `S12: rediss is verified against a CA file and a server name, shows a client certificate, and is refused without`()
        async throws
    {
        var server = RedisServer.Options()
        server.tls = true
        server.requiresClientCertificate = true
        // The certificate does not name 127.0.0.2.
        server.arguments = ["--bind", "127.0.0.1", "127.0.0.2"]
        try await withRedisServer(server) { redis in
            let files = try #require(redis.certificates)
            let url = "rediss://127.0.0.1:\(redis.tlsPort)"
            var tls = RedisOptions.TLS(caFile: files.authority, certificateFile: files.client, keyFile: files.clientKey)
            try await use(options(url, tls: tls))
            tls.serverName = "localhost"
            try await use(options(url, tls: tls))
            tls.serverName = "elsewhere.example"
            // An address that the certificate names would do for any name.
            let other = "rediss://127.0.0.2:\(redis.tlsPort)"
            #expect(try #require(await failure(options(other, tls: tls))).message.contains("another name"))
            tls = RedisOptions.TLS(caFile: files.authority)
            #expect(try #require(await failure(options(url, tls: tls))).message.contains("client certificate"))
            tls = RedisOptions.TLS(certificateFile: files.client, keyFile: files.clientKey)
            #expect(try #require(await failure(options(url, tls: tls))).message.contains("not trusted"))
        }
    }

    @Test(arguments: [true, false])
    func `S12: verification can be skipped, which is logged as a warning each time`(fallback: Bool) async throws {
        var server = RedisServer.Options()
        server.tls = true
        try await withRedisServer(server) { redis in
            let warnings = NIOLockedValueBox<[String]>([])
            let logger = Logger(label: "test") { _ in WarningHandler(lines: warnings) }
            let url = "rediss://127.0.0.1:\(redis.tlsPort)"
            var options = options(url, tls: .init(verify: false))
            options.fallback = fallback
            try await use(options, logger: logger)
            let lines = warnings.withLockedValue { $0 }
            #expect(
                !lines.isEmpty && lines.allSatisfy { $0.contains("are NOT verified: anybody on the path can read") },
                "\(lines)"
            )
        }
    }

    @Test(arguments: [300, 1500])
    func `S11: socket_timeout bounds connecting to a Redis that accepts and never answers`(milliseconds: Int) async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        var options = options("redis://127.0.0.1:\(port)")
        options.socketTimeout = .milliseconds(milliseconds)
        let start = ContinuousClock.now
        let error = await failure(options)
        let took = ContinuousClock.now - start
        try await listener.close()
        #expect(error?.code == .redis)
        #expect(took >= .milliseconds(milliseconds) && took < .milliseconds(milliseconds) + .seconds(30), "\(took)")
    }

    @Test func `S11: socket_timeout bounds each command, a call in doubt and the close while Redis is frozen`() async throws {
        try await withRedisServer { redis in
            try await withStore(redis, socketTimeout: .seconds(3)) { fixture in
                try await fixture.add("s", tools: ["t"])
                #expect(await fixture.waitForSnapshot { $0.services["s"]?.tools.count == 1 })
                redis.pause()
                let clock = ContinuousClock()
                let bound = Duration.seconds(40)
                let command = await clock.measure {
                    await #expect(throws: MCPStoreError.self) {
                        try await fixture.context.addService(["mcpServers": ["x": ["url": "http://127.0.0.1:1/mcp"]]])
                    }
                }
                #expect(command < bound, "\(command)")
                let call = await clock.measure {
                    let error = await #expect(throws: MCPStoreError.self) {
                        try await fixture.context.callTool("t", timeout: .milliseconds(200))
                    }
                    #expect([.unknown, .notAccepted].contains(error?.code), "\(String(describing: error))")
                }
                #expect(call < bound, "\(call)")
                let closing = await clock.measure { await fixture.store.close() }
                #expect(closing < bound, "\(closing)")
                redis.resume()
            }
        }
    }
}

private struct WarningHandler: LogHandler {
    let lines: NIOLockedValueBox<[String]>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning

    init(lines: NIOLockedValueBox<[String]>) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.withLockedValue { $0.append("\(event.message)") }
    }
}
