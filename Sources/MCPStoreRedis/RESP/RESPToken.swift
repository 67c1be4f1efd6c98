/// One element of a reply on the flat tape: 16 bytes, no reference.
///
/// - string, status, error: `count` bytes of the arena from `low`.
/// - array: `count` elements; the first is token `low` of the tape, `high` is the token after the last descendant.
/// - integer: the value in `low` and `high`.
struct RESPToken: Sendable, Equatable {
    var kind: RESPReply.Kind
    var count: UInt32
    var low: UInt32
    var high: UInt32

    static let null = RESPToken(kind: .null, count: 0, low: 0, high: 0)

    static func integer(_ value: Int64) -> RESPToken {
        let bits = UInt64(bitPattern: value)
        return RESPToken(
            kind: .integer,
            count: 0,
            low: UInt32(truncatingIfNeeded: bits),
            high: UInt32(truncatingIfNeeded: bits >> 32)
        )
    }

    var integerValue: Int { Int(Int64(bitPattern: UInt64(self.low) | UInt64(self.high) << 32)) }

    /// The same token after the first `bytes` of the arena and the first `tokens` of the tape were dropped.
    func rebased(bytes: Int, tokens: Int) -> RESPToken {
        var token = self
        switch self.kind {
        case .string, .status, .error:
            token.low -= UInt32(bytes)
        case .array:
            token.low -= UInt32(tokens)
            // The end of an array that is still open is not known yet, and 0 until then.
            if token.high != 0 { token.high -= UInt32(tokens) }
        case .integer, .null:
            break
        }
        return token
    }
}
