import NIOCore

@testable import MCPStoreProtocol

extension FuzzTarget {
    /// Lines of an MCP server, its standard error, and what its messages do to a session.
    ///
    /// Every way to cut the bytes gives the same lines, those that a plain split gives; what is kept is bounded; a peek at a
    /// message says what its reading says; parameters are spliced into one line of JSON that keeps all other members; secrets
    /// do not come through.
    static let lines = FuzzTarget(
        name: "lines",
        tokens: [
            "\n", "\r\n", "\n\n", "\"id\":1", "\"id\":12,", "\"id\":\"x\"", "\"result\":{}", "\"error\":{\"code\":-32601}",
            "\"method\":\"ping\"", "\"params\":{}", "\"_meta\":{}", "\"_meta\":{\"progressToken\":1,\"traceparent\":\"x\"}",
            "\"isError\":true", "\"resultType\":\"input_required\"", "\"nextCursor\":\"a\"", "\"tools\":[", "needle-secret",
            "\"x-mcp-header\":\"Region\"", "\"properties\":{\"a\":{\"type\":\"string\"}}", "\u{1}", "{", "}", "\\\"id\\\":5",
        ],
        generate: { random in
            Array((0..<1 + random.below(3)).map { _ in LineText.message(&random) }.joined(separator: "\n").utf8)
        },
        check: { input in
            try LineText.checkFraming(input)
            try LineText.checkStandardError(input)
            for line in input.split(separator: 10) {
                try MessageText.checkIncoming(ByteBuffer(bytes: line))
                try MessageText.checkSplice(ByteBuffer(bytes: line))
                MessageText.useAsAnswer(ByteBuffer(bytes: line))
            }
            // Parameters may have several lines.
            try MessageText.checkSplice(ByteBuffer(bytes: input))
        }
    )
}

/// Lines as a framer sees them.
enum LineText {
    private static let maximum = 64

    /// What a plain split makes of the bytes.
    private static func expected(_ input: [UInt8]) -> [Seen] {
        input.split(separator: 10, omittingEmptySubsequences: false).dropLast().compactMap { line in
            if line.count > self.maximum { return .oversized(line.count) }
            return line.allSatisfy { $0 == 32 || $0 == 9 || $0 == 13 } ? nil : .line(Array(line))
        }
    }

    private enum Seen: Equatable {
        case line([UInt8])
        case oversized(Int)
        case endless
    }

    static func checkFraming(_ input: [UInt8]) throws {
        let expected = self.expected(input)
        // There may be thousands of lines, each of which is looked for in every way of cutting.
        let lines = Dictionary(grouping: input.split(separator: 10), by: \.count)
        for pieces in Chunks.ways(of: input) {
            var framer = LineFramer(maximumBytes: self.maximum)
            var seen: [Seen] = []
            for piece in pieces where seen.last != .endless {
                framer.feed(piece)
                while seen.last != .endless, let event = framer.next() {
                    switch event {
                    case .line(let line): seen.append(.line(Array(line.readableBytesView)))
                    case .oversized(let line):
                        seen.append(.oversized(line.byteCount))
                        try self.checkOversized(line, of: lines[line.byteCount] ?? [])
                    case .endless: seen.append(.endless)
                    }
                }
                // Looking inside takes its time: byte by byte only where the input is short.
                if pieces.count > 120 { continue }
                guard let pending = Mirror(reflecting: framer).descendant("pending") as? ByteBuffer else {
                    throw FuzzFinding("the framer has no pending bytes to look at")
                }
                try hold(seen.last == .endless || pending.readableBytes <= self.maximum, "bound of pending bytes is broken")
            }
            // A line that is far too long ends the session, where it is not complete by then.
            if seen.last == .endless {
                seen.removeLast()
                try same(seen, Array(expected.prefix(seen.count)), "lines before an endless one")
                try hold(input.split(separator: 10).contains { $0.count > self.maximum * 16 }, "a line is called endless")
            } else {
                try same(seen, expected, "lines of the same bytes in other pieces")
            }
        }
    }

    /// The id of a line that was not kept is its id, or none.
    private static func checkOversized(_ oversized: OversizedLine, of candidates: [ArraySlice<UInt8>]) throws {
        try hold(oversized.head.readableBytes <= 4096 && oversized.tail.readableBytes <= 4096, "bound of an oversized line")
        guard let id = oversized.requestID else { return }
        let tail = Array(oversized.tail.readableBytesView)
        let lines = candidates.filter { $0.suffix(tail.count).elementsEqual(tail) }
        guard lines.count == 1, case let line = ByteBuffer(bytes: lines[0]), MessageText.members(of: line)?.ids == 1,
            let message = try? IncomingMessage.parse(line, maximumDepth: 128)
        else { return }
        switch message {
        case .result(let real?, _, _, _), .error(let real?, _, _): try same(id, real, "the id of an oversized line")
        default: break
        }
    }

    /// The same lines, whatever the pieces; bounded; without the secret.
    static func checkStandardError(_ input: [UInt8]) throws {
        var first: [String]?
        for pieces in Chunks.ways(of: input) {
            let log = StandardErrorLog(maximumLines: 5, maximumBytes: 200, redactor: Redactor(secrets: ["needle-secret"]))
            var lines = pieces.flatMap { log.append($0) }
            if let line = log.finish() { lines.append(line) }
            try same(lines, first ?? lines, "lines of standard error in other pieces")
            first = lines
            let kept = log.recentLines
            try same(kept, Array(lines.suffix(kept.count)), "the last lines are not the last ones")
            try hold(
                kept.count <= 5 && (kept.count <= 1 || kept.reduce(0) { $0 + $1.utf8.count } <= 200),
                "bound of standard error"
            )
            for line in lines {
                try hold(line.utf8.count <= 4096 * 3, "a line of standard error is too long")
                try hold(!Array(line.utf8).contains(Array("needle-secret".utf8)), "secret in standard error")
            }
        }
    }

    static func message(_ random: inout SeededGenerator) -> String {
        let id = random.below(1000)
        switch random.below(5) {
        case 0: return "{\"jsonrpc\":\"2.0\",\"id\":\(id),\"result\":\(JSONOracle.random(depth: 3, &random))}"
        case 1: return "{\"jsonrpc\":\"2.0\",\"result\":{\"content\":[],\"isError\":true},\"id\":\(id)}"
        case 2:
            return
                "{\"id\":\(id),\"error\":{\"code\":-32602,\"message\":\"no\",\"data\":\(JSONOracle.random(depth: 2, &random))}}"
        case 3: return "{\"method\":\"notifications/progress\",\"params\":{\"progressToken\":\(id),\"progress\":1}}"
        default:
            return
                "{\"_meta\":{\"a\":1,\"progressToken\":\(id)},\"name\":\"t\",\"arguments\":\(JSONOracle.random(depth: 3, &random))}"
        }
    }
}
