import AsyncHTTPClient
import Foundation
import Logging
import MCPStore
import MCPStoreQueue
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import TestSupport

@testable import MCPStoreGateway

/// A gateway on a free port of this process, before a store in memory with ToolServer, and a client of it.
struct LiveGateway: Sendable {
    /// What a request was answered with.
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let text: String

        var type: String? { headers.first(name: "content-type") }

        /// The body as JSON; of an event stream its last message.
        func json() throws -> JSONValue {
            try JSONValue(parsing: Data((type == "text/event-stream" ? messages.last ?? "" : text).utf8))
        }

        /// The messages of an event stream.
        var messages: [String] {
            text.split(separator: "\n").filter { $0.hasPrefix("data: ") }.map { String($0.dropFirst(6)) }
        }
    }

    let port: Int
    let store: MCPStore
    let client: HTTPClient
    let group: ServiceGroup

    var url: String { "http://127.0.0.1:\(port)" }

    func request(_ method: HTTPMethod, _ path: String, _ headers: [(String, String)] = [], body: String? = nil)
        -> HTTPClientRequest
    {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        return request
    }

    func send(_ method: HTTPMethod, _ path: String, _ headers: [(String, String)] = [], body: String? = nil) async throws
        -> Answer
    {
        let response = try await client.execute(request(method, path, headers, body: body), timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        return Answer(status: Int(response.status.code), headers: response.headers, text: String(buffer: bytes))
    }

    static let types = [("content-type", "application/json"), ("accept", "application/json, text/event-stream")]

    /// A request of the legacy era.
    func legacy(_ method: String, _ params: String = "", path: String = "/mcp") async throws -> Answer {
        try await send(.POST, path, Self.types, body: Self.body(method, params))
    }

    /// A request of the modern era with the headers that it must have.
    ///
    /// - Parameters:
    ///   - params: The members of `params`, without braces and without `_meta`.
    ///   - name: The value of `Mcp-Name`.
    ///   - meta: More members of `_meta`, without braces.
    func modern(
        _ method: String,
        _ params: String = "",
        name: String? = nil,
        meta: String = "",
        headers: [(String, String)] = []
    ) async throws -> Answer {
        let (fields, body) = Self.modernRequest(method, params, name: name, meta: meta)
        return try await send(.POST, "/mcp", fields + headers, body: body)
    }

    static func modernRequest(
        _ method: String,
        _ params: String,
        name: String? = nil,
        meta: String = ""
    ) -> (headers: [(String, String)], body: String) {
        let version = #""io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}"#
        let members = #""_meta":{\#(version)\#(meta.isEmpty ? "" : "," + meta)}"# + (params.isEmpty ? "" : "," + params)
        let fields = Self.types + [("mcp-protocol-version", "2026-07-28"), ("mcp-method", method)]
        return (fields + (name.map { [("mcp-name", $0)] } ?? []), Self.body(method, members))
    }

    static func body(_ method: String, _ params: String) -> String {
        #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{\#(params)}}"#
    }
}

/// Runs `body` with a gateway whose store has ToolServer as the service `tools`, and ends all of it afterwards.
///
/// - Parameters:
///   - arguments: Of ToolServer.
///   - redis: The store is in Redis then.
func withLiveGateway<R>(
    _ arguments: [String] = ["--conformance"],
    redis: RedisOptions? = nil,
    _ change: (inout GatewayOptions) -> Void = { _ in },
    _ body: (LiveGateway) async throws -> R
) async throws -> R {
    let store = try await MCPStore.setup(redis: redis, logger: LogRecorder().logger)
    let context = store.forStore()
    let entry: JSONValue = [
        "command": .string(BuiltProduct.path(of: "toolserver")), "args": .array(arguments.map { .string($0) }),
    ]
    try await context.addService(["mcpServers": ["tools": entry]])
    try await context.waitService("tools", timeout: .seconds(90))
    var options = GatewayOptions(defaultSpace: try Space(namespace: "default", dataspace: "default"))
    options.port = 0
    change(&options)
    let gateway = Gateway(options, logger: LogRecorder().logger) { _ in store }
    let group = ServiceGroup(configuration: .init(services: [.init(service: gateway)], logger: LogRecorder().logger))
    let running = Task { try await group.run() }
    var configuration = HTTPClient.Configuration()
    // Tests hold many requests open at a time.
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
    let client = HTTPClient(eventLoopGroup: .singletonMultiThreadedEventLoopGroup, configuration: configuration)
    let result: Result<R, any Error>
    do {
        guard let port = await gateway.port else { throw PeerError("the gateway does not listen") }
        let live = LiveGateway(port: port, store: store, client: client, group: group)
        result = .success(try await body(live))
    } catch {
        result = .failure(error)
    }
    // The client first: a connection that it keeps is one that the gateway would wait for.
    try await client.shutdown()
    await group.triggerGracefulShutdown()
    _ = await running.result
    await store.close()
    return try result.get()
}

/// The same with a gateway that wants a key.
///
/// - Parameters:
///   - tools: The pattern of the tools that the key shows.
///   - body: Gets the one key that there is, for the default space.
func withLiveGateway<R>(
    keyFor role: AccessRole,
    tools: String,
    _ body: (LiveGateway, _ key: String) async throws -> R
) async throws -> R {
    let (key, text) = AccessKey.make(
        name: "ci",
        spaces: [try SpacePattern("default:default")],
        tools: [NamePattern(tools)],
        roles: [role],
        lifetime: nil,
        by: "test"
    )
    let authenticator = KeyAuthenticator { (id) async throws(QueueError) in id == key.id ? key : nil }
    return try await withLiveGateway([], { $0.authenticator = authenticator }) { try await body($0, text) }
}

/// A gateway before a store with a Redis of its own.
func withRedisGateway(
    _ change: (inout GatewayOptions) -> Void = { _ in },
    _ body: (LiveGateway) async throws -> Void
) async throws {
    try await withRedisServer { redis in
        let options = RedisOptions(url: redis.url, dataspace: "default", socketTimeout: .seconds(30), fallback: false)
        try await withLiveGateway([], redis: options, change, body)
    }
}
