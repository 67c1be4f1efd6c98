import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import ToolServer

/// A connection to the HTTP server on a channel in memory: bytes in, bytes out.
final class HTTPPeer {
    let channel: EmbeddedChannel

    /// A connection to `service`, or to one of its own.
    init(_ settings: Settings = Settings(), loop: EmbeddedEventLoop = EmbeddedEventLoop(), service: HTTPService? = nil) throws {
        self.channel = EmbeddedChannel(loop: loop)
        try HTTPServer.configure(self.channel, service: service ?? HTTPService(settings: settings, loop: loop))
        try self.channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    deinit {
        _ = try? self.channel.finish(acceptAlreadyClosed: true)
    }

    static let legacyHeaders = ["content-type: application/json", "accept: application/json, text/event-stream"]

    static func modernHeaders(_ method: String, name: String? = nil) -> [String] {
        self.legacyHeaders + ["MCP-Protocol-Version: 2026-07-28", "Mcp-Method: \(method)"]
            + (name.map { ["Mcp-Name: \($0)"] } ?? [])
    }

    func post(_ body: String, _ headers: [String] = HTTPPeer.legacyHeaders) throws -> HTTPAnswer {
        try self.ask("POST", headers, body: body)
    }

    /// A well-formed modern request.
    func modern(_ method: String, name: String? = nil, params: String = "") throws -> HTTPAnswer {
        try self.post(Messages.modernRequest(method, params: params), Self.modernHeaders(method, name: name))
    }

    func ask(_ method: String, path: String = "/mcp", _ headers: [String], body: String = "") throws -> HTTPAnswer {
        try self.send(method, path: path, headers, body: body)
        return try #require(try self.received(), "no answer to \(body)")
    }

    func send(_ method: String, path: String = "/mcp", _ headers: [String], body: String) throws {
        let host = headers.contains { $0.hasPrefix("host:") } ? [] : ["host: 127.0.0.1:1"]
        let lines = ["\(method) \(path) HTTP/1.1"] + host + headers + ["content-length: \(body.utf8.count)", "", body]
        try self.channel.writeInbound(ByteBuffer(string: lines.joined(separator: "\r\n")))
    }

    /// What the server has sent since the last time; nil when that is nothing.
    func received() throws -> HTTPAnswer? {
        self.channel.embeddedEventLoop.run()
        var text = ""
        while let buffer = try self.channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
        return text.isEmpty ? nil : try HTTPAnswer(text)
    }

    func advance(milliseconds: Int64) {
        self.channel.embeddedEventLoop.advanceTime(by: .milliseconds(milliseconds))
    }
}
