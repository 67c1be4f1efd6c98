import NIOCore
import NIOHTTP1

/// Writes one HTTP response. Bound to the event loop of its channel; writes nothing once the connection is gone.
final class HTTPResponseWriter {
    private let context: ChannelHandlerContext
    private let version: HTTPVersion
    private let isKeptAlive: Bool
    private var isOver = false

    init(context: ChannelHandlerContext, to request: HTTPRequestHead) {
        self.context = context
        self.version = request.version
        self.isKeptAlive = request.isKeepAlive
    }

    var isWritable: Bool { self.context.channel.isWritable }

    /// Sends a whole response.
    func send(_ status: UInt, headers: [(String, String)] = [], type: String? = nil, body: ByteBuffer = ByteBuffer()) {
        guard !self.isOver else { return }
        var all = HTTPHeaders(headers)
        if let type { all.add(name: "content-type", value: type) }
        if status != 204 { all.add(name: "content-length", value: String(body.readableBytes)) }
        self.writeHead(status, all)
        if body.readableBytes > 0 { self.write(.body(.byteBuffer(body))) }
        self.end()
    }

    /// Sends a whole response for people to read.
    func send(_ status: UInt, headers: [(String, String)] = [], text: String) {
        self.send(status, headers: headers, type: "text/plain", body: ByteBuffer(string: text))
    }

    /// Starts a response of server-sent events.
    func startEvents(headers: [(String, String)] = []) {
        guard !self.isOver else { return }
        var all = HTTPHeaders(headers)
        all.add(name: "content-type", value: "text/event-stream")
        all.add(name: "cache-control", value: "no-cache")
        all.add(name: "x-accel-buffering", value: "no")
        self.writeHead(200, all)
        self.context.flush()
    }

    func sendEvent(_ write: (inout ByteBuffer) -> Void) {
        guard !self.isOver else { return }
        var event = self.context.channel.allocator.buffer(capacity: 512)
        event.writeStaticString("event: message\ndata: ")
        write(&event)
        event.writeStaticString("\n\n")
        self.write(.body(.byteBuffer(event)))
        self.context.flush()
    }

    /// Ends the response, and the connection if the client asked for it.
    func end() {
        guard !self.isOver else { return }
        self.isOver = true
        let context = self.context
        let ended = context.writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)))
        if !self.isKeptAlive {
            ended.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        }
    }

    func connectionClosed() {
        self.isOver = true
    }

    private func writeHead(_ status: UInt, _ headers: HTTPHeaders) {
        var headers = headers
        if !self.isKeptAlive { headers.add(name: "connection", value: "close") }
        self.write(.head(HTTPResponseHead(version: self.version, status: .init(statusCode: Int(status)), headers: headers)))
    }

    private func write(_ part: HTTPServerResponsePart) {
        self.context.write(NIOAny(part), promise: nil)
    }
}
