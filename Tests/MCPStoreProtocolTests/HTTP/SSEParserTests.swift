import NIOCore
import Testing

@testable import MCPStoreProtocol

@Suite struct SSEParserTests {
    /// Feeds the text in pieces of so many bytes.
    private func parse(_ text: String, pieces: Int = .max, maximumEventBytes: Int = 1 << 20) throws -> [SSEEvent] {
        var parser = SSEParser(maximumEventBytes: maximumEventBytes)
        var bytes = ByteBuffer(string: text)
        var events: [SSEEvent] = []
        while bytes.readableBytes > 0 {
            guard let piece = bytes.readSlice(length: min(pieces, bytes.readableBytes)) else { break }
            parser.append(piece)
            while let event = parser.next() { events.append(event) }
        }
        return events
    }

    private func event(_ data: String, type: String = "message", id: String? = nil, retry: TimeAmount? = nil) -> SSEEvent {
        SSEEvent(type: type, data: ByteBuffer(string: data), id: id, retry: retry)
    }

    /// Everything the format has, in one stream.
    private static let everything =
        "\u{FEFF}: comment\ndata: one\n\nevent: endpoint\r\ndata: /a?b=c\r\n\r\nid: 7\rdata: x\rdata:y\rdata\r\r"
        + "retry: 1500\nid\ndata:  two spaces\nunknown: field\nevents: no\n\n:\n\n\ndata: é – 🙂\n\nid: p\ndata:\n\ndata: cut off\n"

    private func expected() -> [SSEEvent] {
        [
            self.event("one"), self.event("/a?b=c", type: "endpoint"), self.event("x\ny\n", id: "7"),
            self.event(" two spaces", id: "", retry: .milliseconds(1500)), self.event("é – 🙂"), self.event("", id: "p"),
        ]
    }

    @Test("a stream parses into the same events wherever it is cut", arguments: 1...40)
    func rechunked(size: Int) throws {
        #expect(try self.parse(Self.everything, pieces: size) == self.expected())
    }

    @Test func `cutting a stream in two at any byte changes nothing`() throws {
        let bytes = ByteBuffer(string: Self.everything)
        for cut in 0...bytes.readableBytes {
            var parser = SSEParser(maximumEventBytes: 1 << 20)
            var events: [SSEEvent] = []
            for piece in [bytes.getSlice(at: 0, length: cut), bytes.getSlice(at: cut, length: bytes.readableBytes - cut)] {
                parser.append(try #require(piece))
                while let event = parser.next() { events.append(event) }
            }
            #expect(events == self.expected(), "cut at \(cut)")
        }
    }

    @Test func `a byte order mark counts at the very start only`() throws {
        #expect(try self.parse("\u{FEFF}data: a\n\n\u{FEFF}data: b\n\n").map { String(buffer: $0.data) } == ["a"])
    }

    @Test func `an event without its empty line is not told`() throws {
        #expect(try self.parse("data: a\n").isEmpty)
    }

    @Test func `an id with a null byte or of a length that no header has is ignored`() throws {
        let long = String(repeating: "x", count: SSEParser.maximumIDBytes + 1)
        #expect(try self.parse("id: a\0b\ndata: a\n\nid: \(long)\ndata: b\n\n").map(\.id) == [nil, nil])
    }

    @Test func `a retry that is no number is ignored, a long one is cut`() throws {
        let events = try self.parse("retry: soon\ndata: a\n\nretry: 4294967295\ndata: b\n\n")
        #expect(events.map(\.retry) == [nil, SSEParser.maximumRetry])
    }

    @Test(
        "an event may be as large as its bound; a larger one is told by its beginning, and the stream goes on",
        arguments: 1...30
    )
    func bounds(pieces: Int) throws {
        let long = "data: 12345678901234567890\n\n"
        let twice = "data: 12345\ndata: 12345678901\ndata: more\ndata: even more than that\n\n"
        let text = "data: 12345678\n\n" + long + "data: a\n\n" + twice + "\r\r\nid: i\rdata: b\r\r" + long + long + "data: c\n\n"
        let events = try self.parse(text, pieces: pieces, maximumEventBytes: 15)
        #expect(events.map(\.isOversized) == [false, true, false, true, false, true, true, false])
        #expect(events.filter { !$0.isOversized }.map { String(buffer: $0.data) } == ["12345678", "a", "b", "c"])
        #expect(events.filter(\.isOversized).allSatisfy { String(buffer: $0.data).hasPrefix("12345") && !$0.isMessage })
    }

    @Test func `a line that never ends is told while it comes, once, and kept no longer`() throws {
        var parser = SSEParser(maximumEventBytes: 64)
        var events: [SSEEvent] = []
        for _ in 1...100 {
            parser.append(ByteBuffer(string: events.isEmpty ? "data: 7890" : "1234567890"))
            while let event = parser.next() { events.append(event) }
        }
        #expect(events.map(\.isOversized) == [true])
        #expect(parser.pendingBytes == 0)
    }

    @Test func `a comment that never ends is passed over`() throws {
        let text = ":" + String(repeating: "x", count: 1000) + "\ndata: a\n\n"
        #expect(try self.parse(text, pieces: 10, maximumEventBytes: 64).map { String(buffer: $0.data) } == ["a"])
    }

    @Test func `comments without end do not count as an event`() throws {
        let comments = String(repeating: ": keep-alive\n", count: 100)
        #expect(try self.parse(comments + "data: a\n\n", pieces: 16, maximumEventBytes: 64).count == 1)
    }

    @Test func `a large event in small pieces comes whole`() throws {
        let data = String(repeating: "abcdefghij", count: 50_000)
        let events = try self.parse("data: \(data)\n\n", pieces: 1000)
        #expect(events.map { String(buffer: $0.data) } == [data])
    }
}
