import NIOCore

/// One RESP2 reply: a cursor into a flat tape over one byte arena. Copying it copies no bytes and makes no object.
///
/// Strings can be taken as slices of the arena; such a slice keeps the whole arena alive (one read's worth of replies), so
/// copy what is kept for long.
package struct RESPReply: Sendable {
    /// What a reply is.
    package enum Kind: UInt8, Sendable { case string, status, error, integer, null, array }

    let token: RESPToken
    let tape: [RESPToken]
    let arena: ByteBuffer

    /// What this reply is.
    package var kind: Kind { self.token.kind }

    /// Whether it is the nil reply (`$-1` or `*-1`).
    package var isNull: Bool { self.token.kind == .null }

    private var range: Range<Int>? {
        switch self.token.kind {
        case .string, .status, .error: Int(self.token.low)..<Int(self.token.low) + Int(self.token.count)
        case .integer, .null, .array: nil
        }
    }

    /// A string or status as text; bytes that are not UTF-8 are repaired. `nil` for other kinds.
    package var string: String? {
        guard self.token.kind != .error, let range = self.range else { return nil }
        return self.arena.getString(at: range.lowerBound, length: range.count)
    }

    /// A string or status as a slice of the arena, without copying. `nil` for other kinds.
    package var bytes: ByteBuffer? {
        guard self.token.kind != .error, let range = self.range else { return nil }
        return self.arena.getSlice(at: range.lowerBound, length: range.count)
    }

    /// Calls `body` with the bytes of a string or status, valid during the call only. `nil` for other kinds.
    package func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R? {
        guard self.token.kind != .error, let range = self.range else { return nil }
        // The readable area of the arena starts at 0: nothing ever reads from it by moving its reader index.
        return try self.arena.withUnsafeReadableBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// An integer reply, or a string or status that holds a decimal integer. `nil` for everything else.
    package var integer: Int? {
        switch self.token.kind {
        case .integer: self.token.integerValue
        case .string, .status: self.withBytes { DecimalDigits.read($0) } ?? nil
        case .error, .null, .array: nil
        }
    }

    /// The elements of an array reply. `nil` for other kinds.
    package var array: RESPArray? {
        self.token.kind == .array ? RESPArray(token: self.token, tape: self.tape, arena: self.arena) : nil
    }

    /// The text of an error (also of one inside an array). `nil` for other kinds.
    package var errorMessage: String? {
        guard self.token.kind == .error, let range = self.range else { return nil }
        return self.arena.getString(at: range.lowerBound, length: range.count)
    }
}

extension RESPReply: CustomStringConvertible {
    /// The shape only, never the content: replies carry payloads.
    package var description: String {
        switch self.token.kind {
        case .string: "string of \(self.token.count) bytes"
        case .status: "status"
        case .error: "error"
        case .integer: "integer"
        case .null: "nil"
        case .array: "array of \(self.token.count)"
        }
    }
}

extension RESPReply {
    /// The bytes that this reply took on the wire.
    var wireSize: Int {
        let count = Int(self.token.count)
        switch self.token.kind {
        case .string: return 1 + DecimalDigits.count(of: count) + 2 + count + 2
        case .status, .error: return 1 + count + 2
        case .integer: return 1 + DecimalDigits.count(of: self.token.integerValue) + 2
        case .null: return 5
        case .array:
            var size = 1 + DecimalDigits.count(of: count) + 2
            if let array = self.array { for element in array { size += element.wireSize } }
            return size
        }
    }
}
