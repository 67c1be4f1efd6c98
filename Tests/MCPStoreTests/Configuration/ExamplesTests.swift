import Foundation
import MCPStoreRedis
import TestSupport
import Testing

@testable import MCPStore

/// S18: the configuration files of `cluster/deploy/examples`, each loaded and used against a real Redis.
struct ExamplesTests {
    /// This file is in Tests/MCPStoreTests/Configuration.
    private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("cluster/deploy/examples").path

    private func load(_ name: String, _ environment: [String: String] = [:]) throws -> MCPStoreConfiguration {
        var warnings: [String] = []
        let path = "\(Self.directory)/\(name).json"
        let configuration = try MCPStoreConfiguration.load(file: path, environment: environment) { warnings.append($0) }
        #expect(warnings == [])
        return configuration
    }

    /// Adds a service with a store of that configuration, and returns what a second one of it sees.
    private func use(_ configuration: MCPStoreConfiguration) async throws -> (first: String, second: String, seen: [String]) {
        // As a client of a cluster: what a store brings along to run services is tested elsewhere.
        var configuration = configuration
        configuration.redis?.embedded = false
        let first = try await MCPStore.setup(configuration, logger: .silent)
        let second = try await MCPStore.setup(configuration, logger: .silent)
        try await first.forStore().addService(["name": "weather", "url": "https://mcpstore.wiki/mcp"])
        let seen = try await second.forStore().listServices().map(\.name)
        let result = (first.space, second.space, seen)
        await first.close()
        await second.close()
        return result
    }

    @Test func `S18: development has a dataspace of its own in each run`() async throws {
        try await withRedisServer { server in
            let configuration = try load("development", ["MCPSTORE_REDIS_URL": server.url])
            #expect(configuration.debug)
            #expect(configuration.redis?.namespace == "dev")
            #expect(configuration.redis?.dataspace == "auto")
            #expect(configuration.redis?.socketTimeout == .seconds(1))
            #expect(configuration.redis?.healthcheckInterval == .seconds(15))
            let (first, second, seen) = try await use(configuration)
            #expect(first.hasPrefix("dev:auto-"))
            #expect(first != second)
            #expect(seen == [])
        }
        #expect(try load("development").redis?.url == "redis://localhost:6379/0")
    }

    @Test(arguments: [String?.none, "secret"])
    func `S18: testing keeps its data, with a password or without`(password: String?) async throws {
        var options = RedisServer.Options()
        options.password = password
        try await withRedisServer(options) { server in
            var environment = ["MCPSTORE_REDIS_URL": "redis://127.0.0.1:\(server.port)"]
            environment["REDIS_PASSWORD"] = password
            let configuration = try load("testing", environment)
            #expect(configuration.redis?.password == password)
            let (first, second, seen) = try await use(configuration)
            #expect(first == "test:fixed_workspace")
            #expect(second == first)
            #expect(seen == ["weather"])
        }
    }

    @Test func `S18: production is shared, over TLS and with a password`() async throws {
        var options = RedisServer.Options()
        options.password = "secret"
        options.tls = true
        try await withRedisServer(options) { server in
            let authority = try #require(server.certificates?.authority)
            let configuration = try load(
                "production",
                [
                    "MCPSTORE_REDIS_URL": "rediss://127.0.0.1:\(server.tlsPort)/0", "REDIS_PASSWORD": "secret",
                    "REDIS_CA_FILE": authority,
                ]
            )
            #expect(configuration.redis?.tls == RedisOptions.TLS(caFile: authority))
            #expect(configuration.redis?.socketTimeout == .seconds(5))
            #expect(configuration.redis?.healthcheckInterval == .seconds(60))
            let (first, second, seen) = try await use(configuration)
            #expect(first == "prod:workspace1")
            #expect(second == first)
            #expect(seen == ["weather"])
        }
        let plain = try load("production", ["REDIS_PASSWORD": "x"])
        #expect(plain.redis?.url == "rediss://prod-redis:6380/0")
        #expect(plain.redis?.tls?.caFile == nil)
    }

    @Test func `S18: production without its password does not start, and says which variable is missing`() {
        let error = #expect(throws: MCPStoreError.self) { try load("production") }
        #expect(error?.code == .badConfiguration)
        #expect(
            error?.message.hasSuffix(
                "production.json refers to ${REDIS_PASSWORD}, which is not set: set REDIS_PASSWORD in the environment, or write ${REDIS_PASSWORD:-default}"
            ) == true
        )
        #expect(throws: Never.self) { try load("production", ["MCPSTORE_REDIS_PASSWORD": "x"]) }
    }

    @Test func `S18: tenants are apart from each other`() async throws {
        try await withRedisServer { server in
            let spaces = try await ["42", "43"].asyncMap { tenant in
                let configuration = try load("tenant", ["MCPSTORE_REDIS_URL": server.url, "TENANT": tenant])
                return try await use(configuration).first
            }
            #expect(spaces[0].hasPrefix("tenant_42:auto-"))
            #expect(spaces[1].hasPrefix("tenant_43:auto-"))
            // The namespace of the environment needs no TENANT.
            let named = try load("tenant", ["MCPSTORE_NAMESPACE": "tenant_44"])
            #expect(named.redis?.namespace == "tenant_44")
            #expect(throws: MCPStoreError.self) { try load("tenant") }
        }
    }

    @Test func `S18: on the command line options come before the file`() async throws {
        try await withRedisServer { server in
            let file = "\(Self.directory)/tenant.json"
            let common = ["--config", file, "--redis", server.url, "--namespace", "tenant_42", "--dataspace", "d"]
            let added = try await CommandRun.run(["service", "add", "w", "--url", "http://h/mcp"] + common)
            #expect(added.status == .exited(0), "\(added.err)")
            let other = try await CommandRun.run(
                ["service", "list", "--config", file, "--redis", server.url, "--dataspace", "d"],
                environment: ["TENANT": "42"]
            )
            #expect(other.out.contains("http://h/mcp"), "\(other.err)")
            let unset = try await CommandRun.run(["service", "list", "--config", file, "--redis", server.url])
            #expect(unset.status == .exited(2))
            #expect(unset.err.contains("refers to ${TENANT}, which is not set"))
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
