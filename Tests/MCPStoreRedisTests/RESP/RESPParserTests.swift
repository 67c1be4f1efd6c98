import NIOCore
import Testing

@testable import MCPStoreRedis

@Suite struct RESPParserTests {
    /// Replies of every kind, in one stream: what XREADGROUP, EXEC and friends answer.
    private static let trees: [ReplyTree] = [
        .status("OK"),
        .integer(0),
        .array([]),
        .array([
            .array([
                .string(Array("jobs".utf8)),
                .array([
                    .array([.string(Array("1-0".utf8)), .array([.string(Array("f".utf8)), .string([0, 13, 10, 255])])]),
                    .array([.string(Array("2-0".utf8)), .nullArray]),
                ]),
            ])
        ]),
        .error("NOGROUP No such key 'x'"),
        .null,
        .nullArray,
        .string([]),
        .array([.array([]), .array([.array([])]), .integer(-5), .error("ERR inside"), .null]),
        .integer(.max),
        .integer(.min),
        .string(Array(repeating: 97, count: 300)),
        .status(""),
    ]

    private static var wire: [UInt8] { Self.trees.flatMap(\.wire) }
    private static var expected: [ReplyTree] { Self.trees.map(\.normalized) }

    @Test func `one chunk with all kinds of replies gives them in order`() throws {
        #expect(try parse([Self.wire]).map(ReplyTree.init) == Self.expected)
    }

    @Test func `the replies are the same when the bytes come one by one`() throws {
        #expect(try parse(Self.wire.map { [$0] }).map(ReplyTree.init) == Self.expected)
    }

    @Test func `the replies are the same however the bytes are cut in two`() throws {
        let wire = Self.wire
        for cut in 0...wire.count {
            let replies = try parse([wire[..<cut], wire[cut...]])
            #expect(replies.map(ReplyTree.init) == Self.expected, "cut at \(cut)")
        }
    }

    @Test func `the replies are the same however a nested one is cut in three behind others`() throws {
        let wire = Self.trees[0...4].flatMap(\.wire)
        let expected = Self.trees[0...4].map(\.normalized)
        for first in 0..<wire.count {
            for second in first...wire.count {
                let replies = try parse([wire[..<first], wire[first..<second], wire[second...]])
                #expect(replies.map(ReplyTree.init) == expected, "cut at \(first) and \(second)")
            }
        }
    }

    @Test func `a reply of megabytes comes through slices`() throws {
        let large = [UInt8](repeating: 120, count: 3 << 20)
        let trees: [ReplyTree] = [
            .status("before"), .array([.string(large), .integer(1), .array([.string(large)])]), .integer(2),
        ]
        let wire = trees.flatMap(\.wire)
        let chunks = stride(from: 0, to: wire.count, by: 60_000).map { wire[$0..<min($0 + 60_000, wire.count)] }
        #expect(try parse(chunks).map(ReplyTree.init) == trees)
    }

    @Test func `thousands of small replies in one read are all delivered`() throws {
        let wire = [UInt8](String(repeating: ":1\r\n$2\r\nab\r\n*1\r\n+x\r\n", count: 20_000).utf8)
        let replies = try parse([wire])
        #expect(replies.count == 60_000)
        #expect(ReplyTree(try #require(replies.last)) == .array([.status("x")]))
    }

    @Test func `a nil array is the same as a nil string`() throws {
        let replies = try parse([Array("*-1\r\n$-1\r\n".utf8)])
        #expect(replies.map(\.isNull) == [true, true])
    }

    @Test func `the size on the wire is known for each reply`() throws {
        let sizes = try parse([Self.wire]).map(\.wireSize)
        #expect(sizes == Self.trees.map(\.wire.count))
    }

    @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n", "\u{15}\u{3}\u{3}\u{0}\u{2}", "%1\r\n+a\r\n+b\r\n", "ERROR\r\n", "_\r\n"])
    func `what is not RESP2 is refused`(text: String) {
        #expect(throws: RESPParser.Failure.self) { try parse([Array(text.utf8)]) }
    }

    @Test func `nesting deeper than seven arrays is refused`() {
        #expect(throws: RESPParser.Failure.self) { try parse([Array(String(repeating: "*1\r\n", count: 10).utf8)]) }
    }

    @Test func `replies before the wrong bytes are still delivered`() {
        var parser = RESPParser()
        var replies = 0
        #expect(throws: RESPParser.Failure.self) { try parser.parse(ByteBuffer(string: "+a\r\n:1\r\n?")) { _ in replies += 1 } }
        #expect(replies == 2)
    }

    @Test func `a parser that has failed stays failed`() {
        var parser = RESPParser()
        #expect(throws: RESPParser.Failure.self) { try parser.parse(ByteBuffer(string: "?")) { _ in } }
        #expect(throws: RESPParser.Failure.self) { try parser.parse(ByteBuffer(string: "+a\r\n")) { _ in } }
    }

    @Test func `a string larger than allowed is refused before it is complete`() {
        let bytes = Array("$1000000\r\n".utf8) + [UInt8](repeating: 0, count: 200_000)
        #expect(throws: RESPParser.Failure.tooLarge) { try parse([bytes], maximumReplySize: 100_000) }
    }

    @Test func `many small replies are never too large together`() throws {
        let bytes = [UInt8](String(repeating: "$10\r\n0123456789\r\n", count: 50_000).utf8)
        #expect(try parse([bytes], maximumReplySize: 20_000).count == 50_000)
    }

    @Test func `an array with too many elements is refused`() {
        let bytes = [UInt8](("*1000\r\n" + String(repeating: ":1\r\n", count: 1000)).utf8)
        #expect(throws: RESPParser.Failure.tooLarge) { try parse([bytes], maximumElements: 999) }
    }

    @Test(arguments: ["+", "-", ":", "$", "*", "*1\r\n$"])
    func `a line without an end is refused`(start: String) {
        let chunk = [UInt8](repeating: UInt8(ascii: "1"), count: 16 * 1024)
        let chunks = [Array(start.utf8)] + Array(repeating: chunk, count: 10)
        #expect(throws: RESPParser.Failure.self) { try parse(chunks) }
    }

    @Test func `a huge announced array costs nothing before its elements come`() throws {
        #expect(try parse([Array("*2000000000\r\n:1\r\n".utf8)]).isEmpty)
    }
}
