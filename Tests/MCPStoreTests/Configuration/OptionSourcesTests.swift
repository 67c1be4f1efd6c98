import Foundation
import MCPStoreQueue
import MCPStoreRedis
import NIOCore
import TestSupport
import Testing

@testable import MCPStore

/// S2: each of the six fields as a Swift value, as JSON, in the environment and as an option, and that it takes effect.
struct OptionSourcesTests {
    enum Source: String, CaseIterable { case swift, json, environment, options }

    /// What `mcpstore` or the library gets to know of Redis, from one source alone.
    private struct Given {
        var url: String
        var password: String?
        var namespace = "n"
        var dataspace = "d"
        var socketTimeout = 2.0
        var healthcheckInterval = 30.0
    }

    /// The services that a store sees that is configured by that source.
    private func services(_ given: Given, _ source: Source, in directory: String) async throws -> [String] {
        switch source {
        case .swift:
            let options = RedisOptions(
                url: given.url,
                password: given.password,
                namespace: given.namespace,
                dataspace: given.dataspace,
                socketTimeout: .seconds(given.socketTimeout),
                healthcheckInterval: .seconds(given.healthcheckInterval),
                embedded: false
            )
            return try await services(of: MCPStoreConfiguration(redis: options))
        case .json:
            let path = directory + "/mcpstore.json"
            let password = given.password.map { JSONValue.string($0) } ?? .null
            let fields: JSONValue = [
                "url": .string(given.url), "password": password, "namespace": .string(given.namespace),
                "dataspace": .string(given.dataspace), "socket_timeout": .number(given.socketTimeout),
                "healthcheck_interval": .number(given.healthcheckInterval), "embedded": false,
            ]
            try fields.description.write(toFile: path, atomically: false, encoding: .utf8)
            return try await services(of: try MCPStoreConfiguration.load(file: path, environment: [:]))
        case .environment:
            var environment = [
                "MCPSTORE_REDIS_URL": given.url, "MCPSTORE_NAMESPACE": given.namespace, "MCPSTORE_DATASPACE": given.dataspace,
                "MCPSTORE_SOCKET_TIMEOUT": "\(given.socketTimeout)",
                "MCPSTORE_HEALTHCHECK_INTERVAL": "\(given.healthcheckInterval)", "MCPSTORE_EMBEDDED": "false",
            ]
            environment["MCPSTORE_REDIS_PASSWORD"] = given.password
            return try await services(of: try MCPStoreConfiguration.load(environment: environment))
        case .options:
            var arguments = [
                "service", "list", "--json", "--redis", given.url, "--namespace", given.namespace, "--dataspace",
                given.dataspace, "--socket-timeout", "\(given.socketTimeout)s", "--healthcheck-interval",
                "\(given.healthcheckInterval)",
            ]
            if let password = given.password {
                let path = directory + "/password"
                try "\(password)\n".write(toFile: path, atomically: false, encoding: .utf8)
                arguments += ["--password-file", path]
            }
            let run = try await CommandRun.run(arguments)
            guard run.status == .exited(0) else { throw MCPStoreError(.redis, run.err) }
            return try JSONValue(parsing: run.out.utf8).arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
        }
    }

    private func services(of configuration: MCPStoreConfiguration) async throws -> [String] {
        let store = try await MCPStore.setup(configuration, logger: .silent)
        do {
            let names = try await store.forStore().listServices().map(\.name)
            await store.close()
            return names
        } catch {
            await store.close()
            throw error
        }
    }

    @Test(arguments: Source.allCases)
    func `S2: url, password, namespace and dataspace take effect from every source`(source: Source) async throws {
        var server = RedisServer.Options()
        server.password = "right"
        try await withRedisServer(server) { server in
            let directory = try TemporaryDirectory("options")
            defer { directory.remove() }
            let url = "redis://127.0.0.1:\(server.port)"
            try await withRedisClient(try server.configuration()) { client in
                for (namespace, dataspace, service) in [("n", "d", "first"), ("n", "e", "second"), ("o", "d", "third")] {
                    let space = try Space(namespace: namespace, dataspace: dataspace)
                    _ = try await RedisRegistry(space: space, client: client).put(
                        [(service, .init(string: #"{"command":"x"}"#), nil)],
                        by: "test"
                    )
                }
            }
            var given = Given(url: url, password: "right")
            #expect(try await services(given, source, in: directory.path) == ["first"])
            given.dataspace = "e"
            #expect(try await services(given, source, in: directory.path) == ["second"])
            given.namespace = "o"
            given.dataspace = "d"
            #expect(try await services(given, source, in: directory.path) == ["third"])
            given.password = "wrong"
            await #expect(throws: (any Error).self) { try await services(given, source, in: directory.path) }
            given.password = nil
            given.url = server.url
            #expect(try await services(given, source, in: directory.path) == ["third"])
        }
    }

    @Test(arguments: Source.allCases)
    func `S2: socket_timeout bounds the wait for a Redis that is silent, from every source`(source: Source) async throws {
        try await withRedisServer { server in
            let directory = try TemporaryDirectory("options")
            defer { directory.remove() }
            server.pause()
            let given = Given(url: server.url, socketTimeout: 0.3)
            let start = ContinuousClock.now
            let error = await #expect(throws: MCPStoreError.self) { try await services(given, source, in: directory.path) }
            // The message tells the bound that was kept; the clock only that it was not another one.
            #expect(
                error?.message.contains("300 ms") == true || error?.message.contains("0.3") == true,
                "\(error?.message ?? "")"
            )
            #expect(ContinuousClock.now - start < .seconds(30))
            server.resume()
        }
    }

    @Test func `S2: healthcheck_interval reaches the workers' settings from every source`() throws {
        let swift = RedisOptions(url: "redis://h", healthcheckInterval: .seconds(7))
        let directory = try TemporaryDirectory("options")
        defer { directory.remove() }
        let path = directory.path + "/mcpstore.json"
        try #"{"url":"redis://h","healthcheck_interval":7}"#.write(toFile: path, atomically: false, encoding: .utf8)
        let json = try MCPStoreConfiguration.load(file: path, environment: [:]).redis
        let environment = try MCPStoreConfiguration.load(
            environment: ["MCPSTORE_REDIS_URL": "redis://h", "MCPSTORE_HEALTHCHECK_INTERVAL": "7"]
        ).redis
        #expect(json == swift)
        #expect(environment == swift)
    }

    @Test func `S2: a password is never an option, and what was typed is not repeated`() async throws {
        let run = try await CommandRun.run(["service", "list", "--redis", "redis://127.0.0.1:1", "--password", "hidden"])
        #expect(run.status == .exited(2))
        #expect(
            run.err
                == "mcpstore: a password on the command line can be read by everybody on this machine: use --password-file FILE or MCPSTORE_REDIS_PASSWORD\n"
        )
        let help = try await CommandRun.run(["service", "list", "--help"])
        for option in [
            "--redis ", "--password-file", "--namespace", "--dataspace", "--socket-timeout", "--healthcheck-interval",
        ] {
            #expect(help.out.contains(option), "\(option)")
        }
        #expect(!help.out.contains("--password "))
    }
}
