import DequeModule
import NIOCore

/// The lines that wait to be written to a child: collected while a write is under way, so that many small messages become one
/// write, and a message counts as written only when its first byte really was handed over.
struct OutboundLines {
    private struct Line {
        /// Where the line begins, in bytes since the first line ever.
        var start: Int
        var onWritten: (@Sendable () -> Void)?
    }

    /// As much as a pipe takes at once.
    private static let batchBytes = 64 << 10

    private let maximumBytes: Int
    private var bytes = ByteBuffer()
    private var lines: Deque<Line> = []
    private var appended = 0
    private var taken = 0

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    /// Whether there is nothing to write.
    var isEmpty: Bool { self.bytes.readableBytes == 0 }

    /// Adds a message.
    ///
    /// - Returns: `false`, and nothing is added, when too much waits already. One message alone is never too much.
    mutating func append(_ message: OutboundMessage) -> Bool {
        guard self.isEmpty || self.bytes.readableBytes + message.body.readableBytes < self.maximumBytes else { return false }
        self.lines.append(Line(start: self.appended, onWritten: message.onWritten))
        self.bytes.writeImmutableBuffer(message.body)
        self.bytes.writeInteger(Byte.newline)
        self.appended += message.body.readableBytes + 1
        return true
    }

    /// Removes the bytes to be written next; `written` gets the callbacks of the lines that begin in them.
    mutating func nextBatch(written: (@Sendable () -> Void) -> Void) -> ByteBuffer? {
        let batch: ByteBuffer
        if self.bytes.readableBytes <= Self.batchBytes {
            guard self.bytes.readableBytes > 0 else { return nil }
            batch = self.bytes
            self.bytes = ByteBuffer()
        } else {
            guard let slice = self.bytes.readSlice(length: Self.batchBytes) else { return nil }
            batch = slice
        }
        self.taken += batch.readableBytes
        while let line = self.lines.first, line.start < self.taken {
            self.lines.removeFirst()
            line.onWritten.map(written)
        }
        return batch
    }

    /// Throws away what was not taken.
    mutating func removeAll() {
        self.bytes = ByteBuffer()
        self.lines.removeAll()
        self.taken = self.appended
    }
}
