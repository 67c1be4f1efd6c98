import NIOCore

/// An argument of a script or command.
package enum RedisArgument: Sendable, Hashable {
    /// Text, sent as UTF-8.
    case string(String)
    /// An integer, sent in decimal.
    case int(Int)
    /// The readable bytes of a buffer.
    case bytes(ByteBuffer)

    /// The bytes it needs at most in a command, for reserving memory.
    var encodedCapacity: Int {
        switch self {
        case .string(let string): string.utf8.count + 16
        case .int: 28
        case .bytes(let bytes): bytes.readableBytes + 16
        }
    }
}

extension RedisArgument: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .int(value) }
}
