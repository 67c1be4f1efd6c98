import CHiredis
import NIOCore

/// hiredis' `redisReader` as an incremental RESP2 parser: bytes in, replies out, in order.
///
/// Not copyable and not thread-safe: it belongs to one connection on one event loop.
package struct RESPParser: ~Copyable {
    /// Why the bytes were refused. The parser is of no use afterwards: the connection must be closed.
    package enum Failure: Error, Equatable {
        /// Not RESP2; hiredis' own words.
        case violation(String)
        /// One reply is larger than allowed, or has too many elements.
        case tooLarge
        case outOfMemory
    }

    /// hiredis moves the rest of its buffer after each KiB of replies, so slices are small; within one large reply they may
    /// be larger.
    private static let sliceSize = 4 * 1024
    private static let largeSliceSize = 16 * 1024
    /// Statuses, errors and headers are lines; hiredis looks for their end from the start on each feed, so they are bounded.
    private static let maximumLine = 64 * 1024

    private let reader: UnsafeMutablePointer<redisReader>
    private let builder: UnsafeMutablePointer<ReplyBuilder>
    private let maximumReplySize: Int
    private var bytesOfReply = 0
    private var failure: Failure?

    /// Makes a parser.
    /// - Parameter maximumReplySize: the largest reply in bytes on the wire; larger ones are refused.
    package init(maximumReplySize: Int = 64 * 1024 * 1024, maximumElements: Int = 4 * 1024 * 1024) {
        guard let reader = redisReaderCreateWithFunctions(ReplyBuilder.functions) else {
            fatalError("out of memory: hiredis could not allocate a reader")
        }
        self.builder = .allocate(capacity: 1)
        self.builder.initialize(to: ReplyBuilder(maximumTokens: maximumElements))
        reader.pointee.privdata = UnsafeMutableRawPointer(self.builder)
        self.reader = reader
        self.maximumReplySize = maximumReplySize
    }

    deinit {
        redisReaderFree(self.reader)
        self.builder.deinitialize(count: 1)
        self.builder.deallocate()
    }

    /// Whether a reply has begun that is not complete yet.
    var isInsideReply: Bool { self.bytesOfReply > 0 }

    /// Parses `bytes` and hands out each complete reply, before it throws what is wrong with the bytes after it.
    package mutating func parse(_ bytes: ByteBuffer, _ body: (RESPReply) -> Void) throws(Failure) {
        var offset = bytes.readerIndex
        while offset < bytes.writerIndex {
            let limit = self.isInsideReply ? Self.largeSliceSize : Self.sliceSize
            let count = min(limit, bytes.writerIndex - offset)
            let outcome = bytes.withVeryUnsafeBytes { all in
                self.parse(slice: UnsafeRawBufferPointer(rebasing: all[offset..<offset + count]))
            }
            self.deliver(body)
            if let outcome {
                self.failure = outcome
                throw outcome
            }
            offset += count
        }
    }

    /// Hands out the complete replies, in order. What is not kept by anybody is written over by the next ones.
    private func deliver(_ body: (RESPReply) -> Void) {
        guard self.builder.pointee.completeCount > 0 else { return }
        for position in 0..<self.builder.pointee.completeCount { body(self.builder.pointee.reply(position)) }
        self.builder.pointee.dropDelivered()
    }

    private mutating func parse(slice: UnsafeRawBufferPointer) -> Failure? {
        if let failure = self.failure { return failure }
        guard redisReaderFeed(self.reader, slice.assumingMemoryBound(to: CChar.self).baseAddress, slice.count) == REDIS_OK else {
            return .outOfMemory
        }
        self.bytesOfReply += slice.count
        var completed = false
        while true {
            var reply: UnsafeMutableRawPointer?
            guard redisReaderGetReply(self.reader, &reply) == REDIS_OK else { return self.readerFailure }
            if self.builder.pointee.hasTooManyElements { return .tooLarge }
            guard reply != nil else { break }
            self.builder.pointee.finishReply()
            completed = true
        }
        let unread = self.reader.pointee.len - self.reader.pointee.pos
        if completed { self.bytesOfReply = self.reader.pointee.ridx < 0 ? Int(unread) : max(1, Int(unread)) }
        if self.bytesOfReply > self.maximumReplySize { return .tooLarge }
        return Int(unread) > Self.maximumLine && self.isInsideEndlessLine ? .violation("a line without an end") : nil
    }

    private var readerFailure: Failure {
        if self.reader.pointee.err == REDIS_ERR_OOM { return .outOfMemory }
        let text = withUnsafeBytes(of: &self.reader.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return .violation(text)
    }

    /// Whether what hiredis waits for is the end of a line, not the rest of a long string.
    private var isInsideEndlessLine: Bool {
        guard let buffer = self.reader.pointee.buf, self.reader.pointee.ridx >= 0 else { return true }
        let level = Int(self.reader.pointee.ridx)
        let type = withUnsafeBytes(of: &self.reader.pointee.rstack) { $0.bindMemory(to: redisReadTask.self)[level].type }
        guard type == REDIS_REPLY_STRING else { return true }
        // A string's header is at most `-9223372036854775808`, then the line ends.
        let header = UnsafeRawBufferPointer(start: buffer + Int(self.reader.pointee.pos), count: 24)
        return !header.contains(UInt8(ascii: "\r"))
    }
}
