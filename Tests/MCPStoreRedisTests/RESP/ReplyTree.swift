import NIOCore

@testable import MCPStoreRedis

/// A reply as a plain tree: what tests write down, encode, and compare with what the parser made.
indirect enum ReplyTree: Equatable, Sendable {
    case string([UInt8])
    case status(String)
    case error(String)
    case integer(Int)
    case null
    case nullArray
    case array([ReplyTree])

    /// RESP2 as a server writes it, made without any code of the module.
    var wire: [UInt8] {
        switch self {
        case .string(let bytes): Array("$\(bytes.count)\r\n".utf8) + bytes + Array("\r\n".utf8)
        case .status(let text): Array("+\(text)\r\n".utf8)
        case .error(let text): Array("-\(text)\r\n".utf8)
        case .integer(let value): Array(":\(value)\r\n".utf8)
        case .null: Array("$-1\r\n".utf8)
        case .nullArray: Array("*-1\r\n".utf8)
        case .array(let elements): Array("*\(elements.count)\r\n".utf8) + elements.flatMap(\.wire)
        }
    }

    /// RESP2 has two nils that mean the same.
    var normalized: ReplyTree {
        switch self {
        case .nullArray: .null
        case .array(let elements): .array(elements.map(\.normalized))
        default: self
        }
    }

    /// Reads a parsed reply through its package interface.
    init(_ reply: RESPReply) {
        switch reply.kind {
        case .string: self = .string(reply.bytes.map { Array($0.readableBytesView) } ?? [])
        case .status: self = .status(reply.string ?? "")
        case .error: self = .error(reply.errorMessage ?? "")
        case .integer: self = .integer(reply.integer ?? 0)
        case .null: self = .null
        case .array: self = .array((reply.array ?? RESPArray(token: .null, tape: [], arena: ByteBuffer())).map(ReplyTree.init))
        }
    }

    /// A random tree; arrays nest at most `depth` deep.
    static func random(depth: Int, using generator: inout some RandomNumberGenerator) -> ReplyTree {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &generator) {
        case 0: return .status("OK")
        case 1: return .error("ERR something \(Int.random(in: 0..<100, using: &generator))")
        case 2: return .integer(Int.random(in: Int.min...Int.max, using: &generator))
        case 3: return Bool.random(using: &generator) ? .null : .nullArray
        case 4, 5:
            let count = Int.random(in: 0..<10, using: &generator) == 0 ? 5000 : Int.random(in: 0..<40, using: &generator)
            return .string((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
        default:
            let count = Int.random(in: 0..<6, using: &generator)
            return .array((0..<count).map { _ in .random(depth: depth - 1, using: &generator) })
        }
    }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        // SplitMix64.
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}

/// Parses chunks with a new parser, keeping all replies to the end.
func parse(_ chunks: [some Sequence<UInt8>], maximumReplySize: Int = 1 << 26, maximumElements: Int = 1 << 22) throws
    -> [RESPReply]
{
    var parser = RESPParser(maximumReplySize: maximumReplySize, maximumElements: maximumElements)
    var replies: [RESPReply] = []
    for chunk in chunks { try parser.parse(ByteBuffer(bytes: chunk)) { replies.append($0) } }
    return replies
}
