import Crypto
import Glibc
import MCPStoreQueue
import NIOCore

/// The lines of a file, one after another, in bounded memory however long file and lines are.
package struct LineReader: Sendable {
    /// Gives the next piece of a file; `nil` at the end.
    package typealias Source = @Sendable () async throws -> ByteBuffer?

    /// One line.
    package struct Line {
        /// Counted from 1.
        package var number: Int
        /// Without its line feed, and a carriage return before that; empty where it is too long.
        package var bytes: ByteBuffer
        package var isTooLong = false
        /// Whether a line feed ends it: the last one of a file may have none.
        package var isWhole = true
    }

    private static let linesPerTurn = 256

    /// What people call the file.
    let name: String
    private let source: Source
    private let longest: Int
    private var buffer = ByteBuffer()
    /// Bytes of ``buffer`` in which there is no line feed.
    private var scanned = 0
    private var isAtEnd = false
    private var isSkipping = false
    private var hash = SHA256()
    /// A line that was the last one once, and the digests up to it, without its line feed and with it: it may have one now and not then, or
    /// the other way round.
    private let watched: Int?
    private var watchedDigests: [String] = []
    /// Lines that were read.
    package private(set) var number = 0
    /// Whether the last of them had no line feed.
    package private(set) var endsOpen = false
    /// Bytes of the lines that were read.
    package private(set) var offset = 0

    /// - Parameters:
    ///   - name: What people call the file, for errors.
    ///   - longest: Bytes of a line; longer ones are passed over.
    ///   - watched: The line for which ``hasDigest(_:)`` will be asked.
    package init(name: String, longest: Int, watched: Int? = nil, source: @escaping Source) {
        self.name = name
        self.watched = watched
        self.source = source
        self.longest = longest
    }

    /// What tells these lines from others: a digest of all that was read, 32 hexadecimal digits.
    package var digest: String { Self.text(hash) }

    private static func text(_ hash: SHA256) -> String { hash.finalize().prefix(16).hexadecimal }

    /// Whether the lines up to the watched one, which was read, had this digest when it was the last one.
    package func hasDigest(_ known: String) -> Bool { watchedDigests.contains(known) }

    /// The next line; `nil` behind the last one.
    ///
    /// - Throws: What its source throws.
    package mutating func next() async throws -> Line? {
        // Who only reads would keep the event loop that it runs on from all else, such as the connection to Redis.
        if number % Self.linesPerTurn == 0 { await Task.yield() }
        while true {
            if let length = lineFeed() { return take(length, isWhole: true) }
            scanned = buffer.readableBytes
            if scanned > longest {
                isSkipping = true
                discard(scanned)
            }
            if isAtEnd { return buffer.readableBytes > 0 || isSkipping ? take(buffer.readableBytes, isWhole: false) : nil }
            if var piece = try await source() {
                buffer.discardReadBytes()
                buffer.writeBuffer(&piece)
            } else {
                isAtEnd = true
            }
        }
    }

    /// How many bytes stand before the next line feed.
    private func lineFeed() -> Int? {
        buffer.withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress, bytes.count > scanned,
                let found = memchr(start + scanned, 0x0A, bytes.count - scanned)
            else { return nil }
            return start.distance(to: UnsafeRawPointer(found))
        }
    }

    private mutating func take(_ length: Int, isWhole: Bool) -> Line {
        number += 1
        var line = Line(number: number, bytes: ByteBuffer(), isTooLong: isSkipping || length > longest, isWhole: isWhole)
        let isFirst = number == 1
        if !line.isTooLong {
            buffer.withUnsafeReadableBytes { bytes in
                var content = bytes.prefix(length)
                if content.last == 0x0D { content = content.dropLast() }
                if isFirst, content.starts(with: [0xEF, 0xBB, 0xBF]) { content = content.dropFirst(3) }
                // A copy: a slice would keep all that was read with it.
                line.bytes.reserveCapacity(content.count)
                line.bytes.writeBytes(UnsafeRawBufferPointer(rebasing: content))
            }
        }
        isSkipping = false
        endsOpen = !isWhole
        discard(length)
        if number == watched {
            var ended = hash
            ended.update(data: [0x0A])
            watchedDigests = [digest, Self.text(ended)]
        }
        if isWhole { discard(1) }
        return line
    }

    private mutating func discard(_ count: Int) {
        let read = buffer
        read.withUnsafeReadableBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0.prefix(count))) }
        buffer.moveReaderIndex(forwardBy: count)
        offset += count
        scanned = 0
    }
}
