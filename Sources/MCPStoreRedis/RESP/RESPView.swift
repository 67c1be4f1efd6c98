import NIOCore

/// A borrowed look at one element of a reply: bytes and elements in place, without retaining or copying anything.
///
/// Valid only during the call of ``RESPReply/withView(_:)`` that it was given to.
package struct RESPView {
    fileprivate let token: RESPToken
    fileprivate let tape: UnsafeBufferPointer<RESPToken>
    fileprivate let arena: UnsafeRawBufferPointer

    /// What it is.
    package var kind: RESPReply.Kind { self.token.kind }

    /// The number of elements of an array; 0 for other kinds.
    package var count: Int { self.token.kind == .array ? Int(self.token.count) : 0 }

    /// The bytes of a string or status; empty for other kinds.
    package var bytes: UnsafeRawBufferPointer {
        switch self.token.kind {
        case .string, .status:
            UnsafeRawBufferPointer(rebasing: self.arena[Int(self.token.low)..<Int(self.token.low) + Int(self.token.count)])
        case .error, .integer, .null, .array: UnsafeRawBufferPointer(start: nil, count: 0)
        }
    }

    /// A string or status as text; bytes that are not UTF-8 are repaired. Empty for other kinds.
    package var string: String { String(decoding: self.bytes, as: UTF8.self) }

    /// An integer reply, or a string that holds a decimal integer. `nil` for everything else.
    package var integer: Int? {
        self.token.kind == .integer ? self.token.integerValue : DecimalDigits.read(self.bytes)
    }

    /// Where the bytes lie in the arena of the reply: what ``RESPReply/slice(_:)`` takes.
    package var range: Range<Int> { Int(self.token.low)..<Int(self.token.low) + self.bytes.count }

    /// Whether it is a string of exactly these bytes.
    package func equals(_ text: StaticString) -> Bool {
        let bytes = self.bytes
        return bytes.count == text.utf8CodeUnitCount && text.withUTF8Buffer { bytes.elementsEqual($0) }
    }

    /// Walks over the elements of an array; over nothing for other kinds.
    package func makeIterator() -> Iterator { Iterator(array: self) }

    package struct Iterator: IteratorProtocol {
        private let tape: UnsafeBufferPointer<RESPToken>
        private let arena: UnsafeRawBufferPointer
        private var index: Int
        private var left: Int

        fileprivate init(array: RESPView) {
            self.tape = array.tape
            self.arena = array.arena
            self.index = Int(array.token.low)
            self.left = array.count
        }

        package mutating func next() -> RESPView? {
            guard self.left > 0 else { return nil }
            self.left -= 1
            let token = self.tape[self.index]
            self.index = token.kind == .array ? Int(token.high) : self.index + 1
            return RESPView(token: token, tape: self.tape, arena: self.arena)
        }
    }
}

extension RESPArray {
    /// Calls `body` with a view of this array, valid during the call.
    package func withView<R>(_ body: (RESPView) throws -> R) rethrows -> R {
        try RESPReply(token: self.token, tape: self.tape, arena: self.arena).withView(body)
    }

    /// As ``RESPReply/slice(_:)``.
    package func slice(_ range: Range<Int>) -> ByteBuffer {
        self.arena.getSlice(at: range.lowerBound, length: range.count) ?? ByteBuffer()
    }
}

extension RESPReply {
    /// Calls `body` with a view of this reply, valid during the call.
    package func withView<R>(_ body: (RESPView) throws -> R) rethrows -> R {
        try self.tape.withUnsafeBufferPointer { tape in
            // The readable area of the arena starts at 0: nothing ever reads from it by moving its reader index.
            try self.arena.withUnsafeReadableBytes { try body(RESPView(token: self.token, tape: tape, arena: $0)) }
        }
    }

    /// A slice of the reply's arena, without copying: of a string, by its ``RESPView/range``.
    package func slice(_ range: Range<Int>) -> ByteBuffer {
        self.arena.getSlice(at: range.lowerBound, length: range.count) ?? ByteBuffer()
    }
}
