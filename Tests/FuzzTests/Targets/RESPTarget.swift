import NIOCore

@testable import MCPStoreRedis

extension FuzzTarget {
    /// Replies of a server: any bytes in any pieces.
    ///
    /// Every way to cut the bytes gives the same replies and the same end; a reply's accessors agree with each other; what was
    /// read and is written again is read as the same; a small bound holds.
    static let resp = FuzzTarget(
        name: "resp",
        tokens: [
            "\r\n", "*-1\r\n", "$-1\r\n", "*0\r\n", "$0\r\n\r\n", "*1\r\n", "*2\r\n", "$3\r\n", "+OK\r\n", "-ERR x\r\n", ":1\r\n",
            "*2147483648\r\n", "$2147483648\r\n", "*4294967297\r\n", "$536870913\r\n", "%1\r\n", "_\r\n", "~1\r\n",
        ],
        generate: { random in
            (0..<1 + random.below(4)).flatMap { _ in RESPText.random(depth: random.below(8), &random) }
        },
        check: { input in
            let parsed = try Chunks.ways(of: input).map { try RESPText.parse($0, maximum: 1 << 20) }
            for other in parsed.dropFirst() { try same(other, parsed[0], "replies of the same bytes in other pieces") }
            try RESPText.checkBound(input)
            let written = parsed[0].replies
            guard parsed[0].failure == nil else { return }
            let again = try RESPText.parse([ByteBuffer(bytes: written.joined())], maximum: 1 << 24)
            try same(again.replies, written, "replies that were written again")
            try same(again.failure, nil, "replies that were written again are refused")
        }
    )
}

/// RESP as text: replies written again, and made at random.
enum RESPText {
    struct Parsed: Equatable {
        var replies: [[UInt8]]
        var failure: String?
    }

    /// What a new parser makes of some pieces: each reply written again, and why it refused.
    static func parse(_ pieces: [ByteBuffer], maximum: Int) throws -> Parsed {
        var parser = RESPParser(maximumReplySize: maximum, maximumElements: 1 << 20)
        var kept: [RESPReply] = []
        var replies: [[UInt8]] = []
        var failure: String?
        do throws(RESPParser.Failure) {
            for piece in pieces {
                try parser.parse(piece) { reply in
                    kept.append(reply)
                    replies.append(self.write(reply))
                }
            }
        } catch {
            failure = "\(error)"
        }
        // What was kept must not change when more comes.
        try same(kept.map(self.write), replies, "kept replies changed")
        for reply in kept { try self.checkAccessors(reply) }
        return Parsed(replies: replies, failure: failure)
    }

    /// A reply as a server would write it, through the iterating interface.
    static func write(_ reply: RESPReply) -> [UInt8] {
        switch reply.kind {
        case .string:
            let bytes = reply.bytes.map { Array($0.readableBytesView) } ?? []
            return Array("$\(bytes.count)\r\n".utf8) + bytes + [13, 10]
        case .status: return [UInt8(ascii: "+")] + (reply.bytes.map { Array($0.readableBytesView) } ?? []) + [13, 10]
        case .error:
            // Only its text can be had; bytes that are no UTF-8 were repaired.
            return Array("-\(reply.errorMessage ?? "")\r\n".utf8)
        case .integer: return Array(":\(reply.integer ?? 0)\r\n".utf8)
        case .null: return Array("$-1\r\n".utf8)
        case .array:
            guard let array = reply.array else { return [] }
            return Array("*\(array.count)\r\n".utf8) + array.flatMap(self.write)
        }
    }

    /// A reply through its borrowed view.
    private static func write(_ view: RESPView, of reply: RESPReply) -> [UInt8] {
        switch view.kind {
        case .string, .status: return Array(view.bytes)
        case .integer: return Array("\(view.integer ?? 0)".utf8)
        case .error, .null: return []
        case .array:
            var iterator = view.makeIterator()
            var bytes: [UInt8] = []
            while let element = iterator.next() { bytes += self.write(element, of: reply) }
            return bytes
        }
    }

    private static func plain(_ reply: RESPReply) -> [UInt8] {
        switch reply.kind {
        case .string, .status: reply.bytes.map { Array($0.readableBytesView) } ?? []
        case .integer: Array("\(reply.integer ?? 0)".utf8)
        case .error, .null: []
        case .array: reply.array.map { $0.flatMap(self.plain) } ?? []
        }
    }

    private static func checkAccessors(_ reply: RESPReply) throws {
        try same(reply.withView { self.write($0, of: reply) }, self.plain(reply), "a view differs from its reply")
        // What a float or a leading zero makes longer is not told any more, and an error's bytes may have been repaired.
        if reply.kind == .string { try same(reply.wireSize, self.write(reply).count, "the size on the wire") }
        guard let array = reply.array, !array.isEmpty else { return }
        try same(Array(array).count, array.count, "elements")
        let last = array.count - 1
        try same(self.write(array[last]), Array(array).last.map(self.write), "the last element by its index")
    }

    /// With a bound of 256 bytes nothing larger comes out, whatever its pieces.
    static func checkBound(_ input: [UInt8]) throws {
        for pieces in Chunks.ways(of: input) {
            var parser = RESPParser(maximumReplySize: 256, maximumElements: 16)
            var largest = 0
            var most = 0
            do throws(RESPParser.Failure) {
                for piece in pieces {
                    try parser.parse(piece) { reply in
                        largest = max(largest, reply.wireSize)
                        most = max(most, self.count(reply))
                    }
                }
            } catch {
                // The bound, or no RESP: both are right.
            }
            // A reply that came whole within one slice is never counted alone.
            try hold(largest <= 256 + 4096, "bound of a reply: \(largest) bytes came out")
            try hold(most <= 16, "bound of elements: \(most) came out")
        }
    }

    private static func count(_ reply: RESPReply) -> Int {
        reply.array.map { $0.reduce(0) { $0 + 1 + self.count($1) } } ?? 0
    }

    /// Well-formed RESP2.
    static func random(depth: Int, _ random: inout SeededGenerator) -> [UInt8] {
        switch random.below(depth > 0 ? 8 : 6) {
        case 0: return Array("+OK\r\n".utf8)
        case 1: return Array("-ERR \(random.below(100))\r\n".utf8)
        case 2: return Array(":\(Int(truncatingIfNeeded: random.next()))\r\n".utf8)
        case 3: return Array((random.below(2) == 0 ? "$-1\r\n" : "*-1\r\n").utf8)
        case 4, 5:
            let count = random.below(20) == 0 ? random.below(6000) : random.below(30)
            let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            return Array("$\(count)\r\n".utf8) + bytes + [13, 10]
        default:
            let count = random.below(5)
            return Array("*\(count)\r\n".utf8) + (0..<count).flatMap { _ in self.random(depth: depth - 1, &random) }
        }
    }
}
