import NIOCore
import NIOEmbedded
import Testing

@testable import ToolServer

/// The stdio handler on a channel in memory, and the client's end of it.
final class StdioPeer {
    let channel: EmbeddedChannel

    init(_ settings: Settings = Settings()) throws {
        self.channel = EmbeddedChannel(handler: StdioHandler(settings: settings))
        try self.channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    deinit {
        _ = try? self.channel.finish(acceptAlreadyClosed: true)
    }

    /// A peer that has said `initialize`.
    static func legacy(_ settings: Settings = Settings()) throws -> StdioPeer {
        let peer = try StdioPeer(settings)
        _ = try peer.ask(Messages.legacyInitialize)
        return peer
    }

    func send(_ lines: String...) throws {
        try self.channel.writeInbound(ByteBuffer(string: lines.map { $0 + "\n" }.joined()))
    }

    /// Sends one line and returns the one message that it is answered with.
    func ask(_ line: String) throws -> JSONText {
        try self.send(line)
        let answers = try self.received()
        try #require(answers.count == 1, "\(answers.count) messages instead of one")
        return answers[0]
    }

    /// The messages that came since the last time.
    func received() throws -> [JSONText] {
        self.channel.embeddedEventLoop.run()
        var text = ""
        while let buffer = try self.channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
        try #require(text.isEmpty || text.hasSuffix("\n"), "the last line has no end")
        return try text.split(separator: "\n").map { try JSONText($0) }
    }

    /// One write of the server, as it left.
    func nextWrite() throws -> String? {
        try self.channel.readOutbound(as: ByteBuffer.self).map { String(buffer: $0) }
    }

    /// Whether the server may send more, as a client decides by reading or not.
    func setWritable(_ isWritable: Bool) {
        self.channel.isWritable = isWritable
        self.channel.pipeline.fireChannelWritabilityChanged()
    }

    func advance(milliseconds: Int64) {
        self.channel.embeddedEventLoop.advanceTime(by: .milliseconds(milliseconds))
    }
}
