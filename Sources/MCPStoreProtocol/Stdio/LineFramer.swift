import Glibc
import NIOCore

/// Cuts a stream of bytes into lines, without copying where a line came in one piece, and within a bound.
///
/// A line over the bound is not kept: its beginning and end are, so that the request it answers may be found.
package struct LineFramer {
    package enum Event: Equatable {
        /// A line, without its newline; never empty.
        case line(ByteBuffer)
        /// A line over the bound has ended.
        case oversized(OversizedLine)
        /// A line is so far over the bound that its end is not waited for.
        case endless(byteCount: Int)
    }

    /// How many times the bound a line may be before its end is no longer waited for.
    private static let patience = 16
    private static let keptBytes = 4096

    private let maximumBytes: Int
    private var pending = ByteBuffer()
    /// How many bytes of `pending` are known to hold no newline.
    private var searched = 0
    private var oversized: OversizedLine?

    package init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    /// Adds bytes. Call ``next()`` until it returns `nil` afterwards.
    package mutating func feed(_ bytes: ByteBuffer) {
        guard self.pending.readableBytes > 0 else {
            self.pending = bytes
            self.searched = 0
            return
        }
        if self.pending.readerIndex > self.pending.readableBytes { self.pending.discardReadBytes() }
        self.pending.writeImmutableBuffer(bytes)
    }

    /// The next event, if the bytes so far hold one.
    package mutating func next() -> Event? {
        while self.pending.readableBytes > 0 {
            guard let length = self.lengthOfLine() else {
                self.searched = self.pending.readableBytes
                return self.boundPending()
            }
            self.searched = 0
            if self.oversized != nil || length > self.maximumBytes {
                self.discard(length)
                self.pending.moveReaderIndex(forwardBy: 1)
                defer { self.oversized = nil }
                if let oversized = self.oversized { return .oversized(oversized) }
            }
            let line = self.pending.readSlice(length: length)
            self.pending.moveReaderIndex(forwardBy: 1)
            if let line, !line.isBlank { return .line(line) }
        }
        return nil
    }

    private func lengthOfLine() -> Int? {
        let searched = self.searched
        return self.pending.withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress, bytes.count > searched else { return nil }
            guard let found = memchr(start + searched, Int32(Byte.newline), bytes.count - searched) else { return nil }
            return UnsafeRawPointer(found) - start
        }
    }

    private mutating func boundPending() -> Event? {
        guard self.oversized != nil || self.pending.readableBytes > self.maximumBytes else { return nil }
        self.discard(self.pending.readableBytes)
        self.searched = 0
        guard let count = self.oversized?.byteCount, count / Self.patience > self.maximumBytes else { return nil }
        return .endless(byteCount: count)
    }

    private mutating func discard(_ count: Int) {
        guard let part = self.pending.readSlice(length: count) else { return }
        if self.oversized == nil {
            self.oversized = OversizedLine(head: ByteBuffer(bytes: part.readableBytesView.prefix(Self.keptBytes)))
        }
        self.oversized?.append(part, keeping: Self.keptBytes)
        // The large buffer is given back at once.
        if self.pending.readableBytes == 0 { self.pending = ByteBuffer() }
    }
}

extension ByteBuffer {
    fileprivate var isBlank: Bool {
        self.readableBytesView.allSatisfy { $0 == Byte.space || $0 == Byte.tab || $0 == Byte.carriageReturn }
    }
}
