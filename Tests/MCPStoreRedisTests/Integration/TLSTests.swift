import Logging
import MCPStoreRedis
import NIOConcurrencyHelpers
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct TLSTests {
    private func options(clientCertificate: Bool = false) -> RedisServer.Options {
        var options = RedisServer.Options()
        options.tls = true
        options.requiresClientCertificate = clientCertificate
        return options
    }

    /// Connects, runs one command, and returns what went wrong.
    private func use(_ url: String, _ tls: TLSOptions = .init(), logger: Logger = .quiet) async throws -> RedisError? {
        try await withRedisClient(RedisConfiguration(url: url, tls: tls), logger: logger) { client in
            await redisError {
                try await client.waitUntilConnected(timeout: .seconds(10))
                _ = try await client.execute(RedisCommand("PING"))
            }
        }
    }

    @Test func `S12: a certificate of the given authority is accepted, by name and by address`() async throws {
        try await withRedisServer(self.options()) { server in
            let tls = TLSOptions(caFile: try #require(server.certificates).authority)
            #expect(try await self.use("rediss://localhost:\(server.tlsPort)", tls) == nil)
            #expect(try await self.use("rediss://127.0.0.1:\(server.tlsPort)", tls) == nil)
        }
    }

    @Test func `large values pass through TLS`() async throws {
        try await withRedisServer(self.options()) { server in
            let tls = TLSOptions(caFile: try #require(server.certificates).authority)
            let configuration = try RedisConfiguration(
                url: "rediss://127.0.0.1:\(server.tlsPort)",
                socketTimeout: .seconds(10),
                tls: tls
            )
            try await withRedisClient(configuration) { client in
                let value = String(repeating: "0123456789", count: 300_000)
                _ = try await client.execute(RedisCommand("SET", "large", value))
                #expect(try await client.execute(RedisCommand("GET", "large")).string == value)
            }
        }
    }

    @Test func `S12: a server name replaces the host, and a name or address that is not in the certificate is refused`()
        async throws
    {
        var options = self.options()
        // 127.0.0.2 is not in the certificate.
        options.arguments = ["--bind", "127.0.0.1", "127.0.0.2"]
        try await withRedisServer(options) { server in
            let authority = try #require(server.certificates).authority
            let url = "rediss://127.0.0.2:\(server.tlsPort)"
            #expect(try await self.use(url, TLSOptions(caFile: authority, serverName: "localhost")) == nil)
            for name in [nil, "redis.example.com"] {
                let error = try await self.use(url, TLSOptions(caFile: authority, serverName: name))
                #expect(error?.code == .tlsFailed)
                #expect(error?.message.contains("for another name") == true, "\(String(describing: error))")
            }
        }
    }

    @Test func `S12: an authority that did not sign is refused, and so is the system's trust`() async throws {
        try await withRedisServer(self.options()) { server in
            let certificates = try #require(server.certificates)
            for tls in [TLSOptions(caFile: certificates.strangeAuthority), TLSOptions()] {
                let error = try await self.use("rediss://127.0.0.1:\(server.tlsPort)", tls)
                #expect(error?.code == .tlsFailed)
                #expect(error?.message.contains("not trusted") == true, "\(String(describing: error))")
            }
        }
    }

    @Test func `S12: without verification any certificate is accepted, with one warning`() async throws {
        try await withRedisServer(self.options()) { server in
            let lines = NIOLockedValueBox<[String]>([])
            let logger = Logger(label: "test", factory: { _ in RecordingLogHandler(lines: lines) })
            let tls = TLSOptions(skipsVerification: true)
            let error = try await self.use("rediss://127.0.0.1:\(server.tlsPort)", tls, logger: logger)
            #expect(error == nil)
            let warnings = lines.withLockedValue { $0 }.filter { $0.contains("NOT verified") && $0.hasPrefix("warning") }
            #expect(warnings.count == 1)
        }
    }

    @Test func `S12: a server that asks for a client certificate gets it, or says that it misses it`() async throws {
        try await withRedisServer(self.options(clientCertificate: true)) { server in
            let certificates = try #require(server.certificates)
            let url = "rediss://127.0.0.1:\(server.tlsPort)"
            let full = TLSOptions(
                caFile: certificates.authority,
                certificateFile: certificates.client,
                privateKeyFile: certificates.clientKey
            )
            #expect(try await self.use(url, full) == nil)
            let error = try await self.use(url, TLSOptions(caFile: certificates.authority))
            #expect(error?.code == .tlsFailed)
            #expect(error?.message.contains("client certificate") == true, "\(String(describing: error))")
        }
    }

    @Test func `files that cannot be read are named`() async throws {
        for tls in [
            TLSOptions(caFile: "/nowhere/ca.pem"), TLSOptions(certificateFile: "/nowhere/ca.pem", privateKeyFile: "/nowhere/k"),
        ] {
            let error = try await self.use("rediss://127.0.0.1:1", tls)
            #expect(error?.code == .tlsFailed)
            #expect(error?.message.contains("/nowhere/ca.pem") == true)
        }
    }

    @Test func `TLS to a plain port and plain to a TLS port are explained`() async throws {
        try await withRedisServer(self.options()) { server in
            let tls = TLSOptions(caFile: try #require(server.certificates).authority)
            for (configuration, words) in [
                (
                    try RedisConfiguration(url: "rediss://127.0.0.1:\(server.port)", socketTimeout: .milliseconds(300), tls: tls),
                    "redis://"
                ),
                (try RedisConfiguration(url: "redis://127.0.0.1:\(server.tlsPort)"), "rediss://"),
            ] {
                let error = try await withRedisClient(configuration) { client in
                    await redisError { try await client.waitUntilConnected(timeout: .milliseconds(1500)) }
                }
                #expect(error?.code == .notConnected)
                #expect(error?.message.contains(words) == true, "\(String(describing: error))")
            }
        }
    }
}
