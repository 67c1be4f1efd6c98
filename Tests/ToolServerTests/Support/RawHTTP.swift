import NIOCore
import NIOPosix

/// HTTP by hand over a real connection: one request, and everything that comes until the server closes.
enum RawHTTP {
    /// Posts `body` to `url` (`http://127.0.0.1:PORT/PATH`).
    static func post(_ body: String, to url: String, headers: [String] = HTTPPeer.legacyHeaders) async throws -> HTTPAnswer {
        let parts = url.dropFirst("http://".count).split(separator: "/", maxSplits: 1)
        let port = Int(parts[0].split(separator: ":")[1]) ?? 0
        let lines = ["POST /\(parts[1]) HTTP/1.1", "host: 127.0.0.1:\(port)", "connection: close"] + headers
        let request = (lines + ["content-length: \(body.utf8.count)", "", body]).joined(separator: "\r\n")
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(10))
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            var text = ""
            for try await part in inbound { text += String(buffer: part) }
            return try HTTPAnswer(text)
        }
    }
}
