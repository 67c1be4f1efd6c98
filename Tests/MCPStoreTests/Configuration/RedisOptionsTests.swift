import Foundation
import MCPStoreQueue
import TestSupport
import Testing

@testable import MCPStore

/// S2: the fields, their defaults, and which source comes first.
struct RedisOptionsTests {
    /// Loads a configuration with a file of this content; `nil` for no file.
    private func load(_ file: String?, _ environment: [String: String] = [:]) throws -> (
        MCPStoreConfiguration, warnings: [String]
    ) {
        var warnings: [String] = []
        guard let file else { return (try MCPStoreConfiguration.load(environment: environment), []) }
        let directory = try TemporaryDirectory("config")
        defer { directory.remove() }
        let path = directory.path + "/mcpstore.json"
        try file.write(toFile: path, atomically: false, encoding: .utf8)
        do {
            let configuration = try MCPStoreConfiguration.load(file: path, environment: environment) { warnings.append($0) }
            return (configuration, warnings.map { $0.replacing(path, with: "FILE") })
        } catch {
            throw MCPStoreError(error.code, error.message.replacing(path, with: "FILE"))
        }
    }

    @Test func `S2: the defaults are those of MCPStore`() throws {
        let options = try #require(try load(#"{"url":"redis://localhost:6379/0"}"#).0.redis)
        #expect(options == RedisOptions(url: "redis://localhost:6379/0"))
        #expect(options.password == nil)
        #expect(options.namespace == "default")
        #expect(options.dataspace == "auto")
        #expect(options.socketTimeout == .seconds(2))
        #expect(options.healthcheckInterval == .seconds(30))
        #expect(options.cluster == "default")
    }

    @Test func `S2: the document's own configuration is read`() throws {
        let file = """
            {"url": "redis://localhost:6379/0", "password": null, "namespace": "bendi", "dataspace": "auto",
             "socket_timeout": 2.5, "healthcheck_interval": 30}
            """
        let (configuration, warnings) = try load(file)
        #expect(configuration.redis?.namespace == "bendi")
        #expect(configuration.redis?.socketTimeout == .milliseconds(2500))
        #expect(warnings == [])
    }

    @Test func `S2: the environment comes before the file and the file before the defaults`() throws {
        let file = #"{"redis": {"url":"redis://file","namespace":"file","dataspace":"file","socket_timeout":3}, "debug": true}"#
        let (configuration, _) = try load(file, ["MCPSTORE_NAMESPACE": "environment", "MCPSTORE_DATASPACE": "", "OTHER": "x"])
        #expect(configuration.debug)
        #expect(configuration.redis?.url == "redis://file")
        #expect(configuration.redis?.namespace == "environment")
        #expect(configuration.redis?.dataspace == "file")
        #expect(configuration.redis?.socketTimeout == .seconds(3))
        #expect(configuration.redis?.healthcheckInterval == .seconds(30))
    }

    @Test func `S2: options come before the environment`() throws {
        var options = RedisOptionsLayer()
        options.namespace = "option"
        let layer = options.over(
            try RedisOptionsLayer(environment: ["MCPSTORE_NAMESPACE": "environment", "MCPSTORE_REDIS_URL": "redis://e"])
        )
        #expect(layer.options?.namespace == "option")
        #expect(layer.options?.url == "redis://e")
    }

    @Test func `S2: every environment variable takes effect`() throws {
        let environment = [
            "MCPSTORE_REDIS_URL": "redis://host:1234/5", "MCPSTORE_REDIS_PASSWORD": "pw", "MCPSTORE_NAMESPACE": "n",
            "MCPSTORE_DATASPACE": "d", "MCPSTORE_SOCKET_TIMEOUT": "0.5", "MCPSTORE_HEALTHCHECK_INTERVAL": "7",
            "MCPSTORE_CLUSTER": "c", "MCPSTORE_EMBEDDED": "false",
        ]
        let options = try #require(try load(nil, environment).0.redis)
        let expected = RedisOptions(
            url: "redis://host:1234/5",
            password: "pw",
            namespace: "n",
            dataspace: "d",
            socketTimeout: .milliseconds(500),
            healthcheckInterval: .seconds(7),
            cluster: "c",
            embedded: false
        )
        #expect(options == expected)
    }

    @Test func `A store is embedded unless a source says otherwise`() throws {
        #expect(RedisOptions(url: "redis://h").embedded)
        #expect(try load(#"{"url":"redis://h"}"#).0.redis?.embedded == true)
        #expect(try load(#"{"url":"redis://h","embedded":false}"#).0.redis?.embedded == false)
        #expect(try load(#"{"url":"redis://h","embedded":false}"#, ["MCPSTORE_EMBEDDED": "1"]).0.redis?.embedded == true)
        let error = #expect(throws: MCPStoreError.self) {
            try RedisOptionsLayer(environment: ["MCPSTORE_EMBEDDED": "maybe"])
        }
        #expect(error?.message == "the environment variable MCPSTORE_EMBEDDED must be true or false, not 'maybe'")
    }

    @Test func `Without a URL there is no Redis`() throws {
        #expect(try load(nil).0.redis == nil)
        #expect(try load(#"{"namespace":"x"}"#).0.redis == nil)
    }

    @Test func `S12: TLS is configured by its fields`() throws {
        let file = #"{"url":"rediss://h","tls":{"ca_file":"a","cert_file":"b","key_file":"c","server_name":"d","verify":false}}"#
        let tls = try load(file).0.redis?.tls
        #expect(tls == RedisOptions.TLS(caFile: "a", certificateFile: "b", keyFile: "c", serverName: "d", verify: false))
    }

    @Test(arguments: [
        (#"{"url":"redis://h","socket_timout":3,"foo":1}"#, "unknown fields 'foo', 'socket_timout' in FILE are ignored"),
        (#"{"url":"redis://h","tls":{"cafile":"x"}}"#, "unknown field 'tls.cafile' in FILE is ignored"),
        (#"{"redis":{"url":"redis://h","x":1},"debug":true}"#, "unknown field 'redis.x' in FILE is ignored"),
        (#"{"redis":{"url":"redis://h"},"url":"y"}"#, "unknown field 'url' in FILE is ignored"),
    ])
    func `Unknown fields are named in a warning`(file: String, warning: String) throws {
        let (configuration, warnings) = try load(file)
        #expect(warnings == [warning])
        #expect(configuration.redis?.url == "redis://h")
    }

    @Test(arguments: [
        (#"{"url":1}"#, "the field 'url' in FILE must be a string, not 1.0"),
        (#"{"password":["secret"]}"#, "the field 'password' in FILE must be a string, not an array"),
        (#"{"socket_timeout":"2"}"#, "the field 'socket_timeout' in FILE must be a number of seconds above 0, not a string"),
        (#"{"socket_timeout":0}"#, "the field 'socket_timeout' in FILE must be a number of seconds above 0, not 0.0"),
        (
            #"{"healthcheck_interval":-1}"#,
            "the field 'healthcheck_interval' in FILE must be a number of seconds above 0, not -1.0"
        ),
        (#"{"redis":"redis://h"}"#, "the field 'redis' in FILE must be an object, not a string"),
        (#"{"redis":{"tls":{"verify":"no"}}}"#, "the field 'redis.tls.verify' in FILE must be true or false, not a string"),
        (#"{"debug":1}"#, "the field 'debug' in FILE must be true or false, not 1.0"),
        ("[]", "the configuration file FILE must hold an object, not an array"),
        ("{\n  url: 1}", "the configuration file FILE is not JSON: expected a member name in double quotes at line 2, column 3"),
    ])
    func `Wrong values are errors that name file and field`(file: String, message: String) throws {
        let error = #expect(throws: MCPStoreError.self) { try load(file) }
        #expect(error?.message == message)
        #expect(error?.code == .badConfiguration)
    }

    @Test func `A file that is not there is an error that names it`() {
        let error = #expect(throws: MCPStoreError.self) {
            try MCPStoreConfiguration.load(file: "/nowhere/x.json", environment: [:])
        }
        #expect(error?.message == "the configuration file /nowhere/x.json does not exist")
    }

    @Test(arguments: ["0", "-1", "abc", "nan", "inf", "1e9", "2s"])
    func `A wrong number in the environment is an error that names the variable`(text: String) {
        let error = #expect(throws: MCPStoreError.self) { try RedisOptionsLayer(environment: ["MCPSTORE_SOCKET_TIMEOUT": text]) }
        #expect(error?.message.contains("MCPSTORE_SOCKET_TIMEOUT") == true)
    }

    @Test func `S2: options are written and read with the names of MCPStore`() throws {
        let options = RedisOptions(url: "redis://h", password: "pw", socketTimeout: .milliseconds(1500), tls: .init(caFile: "x"))
        let json = try JSONEncoder().encode(options)
        let value = try JSONValue(parsing: json)
        let names = [
            "url", "password", "namespace", "dataspace", "socket_timeout", "healthcheck_interval", "cluster", "embedded", "tls",
            "fallback",
        ]
        #expect(Set(value.objectValue?.keys.map { $0 } ?? []) == Set(names))
        #expect(value["socket_timeout"] == 1.5)
        #expect(try JSONDecoder().decode(RedisOptions.self, from: json) == options)
        #expect(
            try JSONDecoder().decode(RedisOptions.self, from: Data(#"{"url":"redis://h"}"#.utf8))
                == RedisOptions(url: "redis://h")
        )
    }

    @Test func `No description shows a password`() {
        let options = RedisOptions(url: "redis://user:hidden1@host", password: "hidden2")
        #expect(!"\(options) \(String(reflecting: options))".contains("hidden"))
        var dumped = ""
        dump(options, to: &dumped)
        dump(MCPStoreConfiguration(redis: options), to: &dumped)
        #expect(!dumped.contains("hidden"))
    }

    @Test func `S8: auto is a new dataspace each time and another name is kept`() throws {
        let options = RedisOptions(url: "redis://h")
        let (first, second) = (try options.space(), try options.space())
        #expect(first.dataspace.hasPrefix("auto-"))
        #expect(first != second)
        #expect(try RedisOptions(url: "redis://h", dataspace: "fixed").space().description == "default:fixed")
    }

    @Test(arguments: [("mcpstore", "d"), ("a:b", "d"), ("", "d"), ("n", "d d"), ("n", String(repeating: "x", count: 129))])
    func `Wrong names are refused`(namespace: String, dataspace: String) {
        let options = RedisOptions(url: "redis://h", namespace: namespace, dataspace: dataspace)
        let error = #expect(throws: MCPStoreError.self) { try options.space() }
        #expect(error?.code == .invalidName)
    }
}
