import NIOCore
import NIOEmbedded
import Testing

@testable import ToolServer

@Suite("Bytes, lines and batches over stdio")
struct StreamTests {
    private static let lines =
        [
            Messages.legacyInitialize, "", Messages.call("echo", #""text":"é""#, id: "1"), "\r", "{no json",
            Messages.request("ping", id: "2"),
        ]
        .map { $0 + "\n" }.joined()

    @Test("However the bytes are cut, the answers are the same", arguments: [1, 2, 3, 7, 64, 10_000])
    func chunks(size: Int) throws {
        let peer = try StdioPeer()
        var bytes = ByteBuffer(string: Self.lines)
        while bytes.readableBytes > 0 {
            try peer.channel.writeInbound(bytes.readSlice(length: min(size, bytes.readableBytes)))
        }
        let answers = try peer.received()
        #expect(answers.map { $0.errorCode ?? $0.id } == [0, 1, -32700, -32700, 2])
        #expect(answers[1].answer == "é")
    }

    @Test("The answers to one read leave in one write")
    func batch() throws {
        let peer = try StdioPeer.legacy()
        let calls = (1...100).map { Messages.call("echo", #""text":"x""#, id: String($0)) + "\n" }.joined()
        try peer.channel.writeInbound(ByteBuffer(string: calls))
        let answers = try #require(try peer.nextWrite())
        #expect(try peer.nextWrite() == nil)
        #expect(try answers.split(separator: "\n").map { try JSONText($0).id } == Array(1...100))
    }

    @Test("Answers that become ready in the same tick leave in one write")
    func tick() throws {
        let peer = try StdioPeer.legacy()
        try peer.send(Messages.call("sleep", #""ms":5"#, id: "1"), Messages.call("sleep", #""ms":5"#, id: "2"))
        peer.advance(milliseconds: 5)
        let answers = try #require(try peer.nextWrite())
        #expect(answers.split(separator: "\n").count == 2)
    }

    @Test("While the peer does not read, nothing more is answered; afterwards all is, in order")
    func backPressure() throws {
        let peer = try StdioPeer.legacy()
        peer.setWritable(false)
        try peer.send(Messages.request("ping", id: "1"), Messages.request("ping", id: "2"))
        #expect(try peer.received().isEmpty)
        peer.setWritable(true)
        #expect(try peer.received().map(\.id) == [1, 2])
    }

    @Test("A line without end is refused once it is too long, and the connection closes")
    func tooLong() throws {
        let peer = try StdioPeer(Settings(maximumMessage: 100))
        try peer.channel.writeInbound(ByteBuffer(repeating: UInt8(ascii: "x"), count: 101))
        #expect(try peer.received().map(\.errorCode) == [-32700])
        #expect(!peer.channel.isActive)
    }

    @Test("The end of the input cancels what runs, lets out what is ready, and closes")
    func endOfInput() throws {
        let peer = try StdioPeer.legacy()
        try peer.send(Messages.call("sleep", #""ms":5"#, id: "1"), Messages.request("ping", id: "2"))
        peer.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(try peer.received().map(\.id) == [2])
        #expect(!peer.channel.isActive)
    }
}
