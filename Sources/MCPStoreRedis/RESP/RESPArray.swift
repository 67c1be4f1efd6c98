import NIOCore

/// The elements of an array reply, in order. Iterating is a walk over the tape; a subscript walks from the front, so take
/// the elements of long arrays by iterating.
package struct RESPArray: Sendable, Sequence {
    let token: RESPToken
    let tape: [RESPToken]
    let arena: ByteBuffer

    /// The number of elements.
    package var count: Int { Int(self.token.count) }

    /// Whether there are none.
    package var isEmpty: Bool { self.token.count == 0 }

    package var underestimatedCount: Int { self.count }

    /// The first element.
    package var first: RESPReply? { self.isEmpty ? nil : self[0] }

    /// The element at `position`, found by walking over the elements before it. Out of bounds is a programmer's error.
    package subscript(position: Int) -> RESPReply {
        precondition(position >= 0 && position < self.count, "index \(position) of a reply with \(self.count) elements")
        var index = Int(self.token.low)
        for _ in 0..<position { index = self.tape.index(afterElementAt: index) }
        return RESPReply(token: self.tape[index], tape: self.tape, arena: self.arena)
    }

    package func makeIterator() -> Iterator { Iterator(array: self) }

    /// Walks over the elements of one array.
    package struct Iterator: IteratorProtocol, Sendable {
        private let tape: [RESPToken]
        private let arena: ByteBuffer
        private var index: Int
        private var left: Int

        fileprivate init(array: RESPArray) {
            self.tape = array.tape
            self.arena = array.arena
            self.index = Int(array.token.low)
            self.left = array.count
        }

        package mutating func next() -> RESPReply? {
            guard self.left > 0 else { return nil }
            self.left -= 1
            let reply = RESPReply(token: self.tape[self.index], tape: self.tape, arena: self.arena)
            self.index = self.tape.index(afterElementAt: self.index)
            return reply
        }
    }
}

extension [RESPToken] {
    /// The index of the token after the element at `index` and all its descendants.
    fileprivate func index(afterElementAt index: Int) -> Int {
        self[index].kind == .array ? Int(self[index].high) : index + 1
    }
}
