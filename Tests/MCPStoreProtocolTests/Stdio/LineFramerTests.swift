import NIOCore
import Testing

@testable import MCPStoreProtocol

@Suite struct LineFramerTests {
    private func events(_ chunks: [[UInt8]], maximum: Int = 1 << 20) -> [LineFramer.Event] {
        var framer = LineFramer(maximumBytes: maximum)
        var events: [LineFramer.Event] = []
        for chunk in chunks {
            framer.feed(ByteBuffer(bytes: chunk))
            while let event = framer.next() { events.append(event) }
        }
        return events
    }

    private let stream = Array("{\"a\":1}\n\n \r\n{\"b\":\"ä€😀\"}\r\n".utf8) + Array("x".utf8) + [0x0A] + Array("no end".utf8)

    @Test func `lines are the same wherever the stream is cut`() {
        let whole = self.events([self.stream])
        #expect(
            whole == ["{\"a\":1}", "{\"b\":\"ä€😀\"}\r", "x"].map { .line(ByteBuffer(string: $0)) }
        )
        for first in 0...self.stream.count {
            for second in first...self.stream.count {
                let chunks = [self.stream[..<first], self.stream[first..<second], self.stream[second...]].map(Array.init)
                #expect(self.events(chunks) == whole)
            }
        }
        #expect(self.events(self.stream.map { [$0] }) == whole)
    }

    @Test func `a line over the bound is reported once, and the next one is whole`() {
        for chunkSize in [1, 7, 100, 10_000] {
            let long =
                Array("{\"jsonrpc\":\"2.0\",\"id\":42,\"result\":\"".utf8) + Array(repeating: 0x78, count: 5000)
                + Array("\"}".utf8)
            let bytes = Array("ok\n".utf8) + long + Array("\nfine\n".utf8)
            let chunks = stride(from: 0, to: bytes.count, by: chunkSize).map {
                Array(bytes[$0..<min($0 + chunkSize, bytes.count)])
            }
            let events = self.events(chunks, maximum: 1000)
            #expect(events.count == 3)
            #expect(events.first == .line(ByteBuffer(string: "ok")))
            #expect(events.last == .line(ByteBuffer(string: "fine")))
            guard case .oversized(let line) = events[1] else {
                Issue.record("not reported")
                continue
            }
            #expect(line.byteCount == long.count)
            #expect(line.requestID == 42)
        }
    }

    @Test func `a line of exactly the bound is a line`() {
        #expect(
            self.events([Array(repeating: 0x78, count: 10) + [0x0A]], maximum: 10) == [.line(ByteBuffer(string: "xxxxxxxxxx"))]
        )
        guard case .oversized = self.events([Array(repeating: 0x78, count: 11) + [0x0A]], maximum: 10).first else {
            Issue.record("one byte more is too much")
            return
        }
    }

    @Test func `a line without an end is given up`() {
        let events = self.events(Array(repeating: Array(repeating: 0x78, count: 100), count: 30), maximum: 100)
        guard case .endless = events.first else {
            Issue.record("it was waited for")
            return
        }
    }

    @Test(
        arguments: [
            (#"{"id":7,"result":"#, "", 7), (#"{"result":"#, #"xx"},"jsonrpc":"2.0","id":8}"#, 8),
            (#"{"result":"#, #"x"},"id": 9 , "jsonrpc":"2.0"}"#, 9),
            (#"{"result":{"id":7,"#, #"x"}}"#, nil), (#"{"result":"#, #"{"id":7}}"#, nil),
            (#"{"result":"#, #"say \"id\":7}"}"#, nil),
            ("nonsense", #""id":"x"}"#, nil), (#"{"id":7"#, "", nil), (#"{"id":-1,"result":"#, "", -1),
        ] as [(String, String, Int?)]
    )
    func `the request of a cut line is found at its beginning or end, and not guessed`(_ head: String, _ tail: String, _ id: Int?)
    {
        var line = OversizedLine(head: ByteBuffer(string: head))
        line.append(ByteBuffer(string: tail), keeping: 4096)
        #expect(line.requestID == id)
    }

    @Test func `the end of a line is kept over many parts`() {
        var line = OversizedLine(head: ByteBuffer())
        for part in ["abc", "d", "", "efghij", "k"] { line.append(ByteBuffer(string: part), keeping: 4) }
        #expect(String(buffer: line.tail) == "hijk")
        #expect(line.byteCount == 11)
    }
}
