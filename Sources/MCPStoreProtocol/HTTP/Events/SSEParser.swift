import NIOCore

/// Turns the bytes of a `text/event-stream` into events. No I/O; bytes may come in pieces of any size.
///
/// Feed it with ``append(_:)`` and take what is complete with ``next()``. The data of an event of one line shares the memory of
/// the bytes it came in. An event over its bound is told as soon as it is, by its beginning, and the stream goes on behind it: others
/// may share the stream with the one that it was for.
struct SSEParser: Sendable {
    /// Bytes of an `id` beyond which it is not kept: it has to fit into a header.
    static let maximumIDBytes = 1024
    /// Bytes of a line that is no data beyond which it is passed over.
    static let maximumFieldBytes = 2048
    /// Bytes of an event over its bound that are told.
    static let oversizedPrefixBytes = 512
    /// The longest `retry` that is believed.
    static let maximumRetry = TimeAmount.minutes(5)

    private let maximumEventBytes: Int
    /// What came and is not taken apart yet.
    private var pending = ByteBuffer()
    /// How many of the pending bytes are known to hold no end of line.
    private var scanned = 0
    /// The last line ended with a carriage return, so that a newline right after it belongs to it.
    private var endedWithReturn = false
    /// Nothing was taken yet: a byte order mark may come.
    private var isAtStart = true
    /// The rest of this event is passed over.
    private var skipsEvent = false
    /// The beginning of this line was dropped, so the rest is, too.
    private var skipsLine = false

    private var type: String?
    private var data: ByteBuffer?
    private var id: String?
    private var retry: TimeAmount?

    /// - Parameter maximumEventBytes: How many bytes the data of one event, or one line, may have.
    init(maximumEventBytes: Int) {
        self.maximumEventBytes = maximumEventBytes
    }

    /// Bytes that came and are not taken apart yet.
    var pendingBytes: Int { self.pending.readableBytes }

    /// Takes the next bytes of the stream.
    mutating func append(_ bytes: ByteBuffer) {
        guard self.pending.readableBytes > 0 else {
            self.pending = bytes
            return
        }
        if self.pending.readerIndex > self.pending.readableBytes { self.pending.discardReadBytes() }
        self.pending.writeImmutableBuffer(bytes)
    }

    /// The next complete event; `nil` when more bytes are needed.
    mutating func next() -> SSEEvent? {
        guard self.passByteOrderMark() else { return nil }
        while let line = self.nextLine() {
            if self.skipsLine {
                self.skipsLine = false
            } else if line.readableBytes == 0 {
                if self.skipsEvent {
                    self.skipsEvent = false
                } else if let event = self.finishEvent() {
                    return event
                }
            } else if !self.skipsEvent, let oversized = self.take(line) {
                return oversized
            }
        }
        return self.boundPending()
    }

    private mutating func finishEvent() -> SSEEvent? {
        guard self.data != nil || self.id != nil || self.retry != nil || self.type != nil else { return nil }
        let event = SSEEvent(type: self.type ?? "message", data: self.data ?? ByteBuffer(), id: self.id, retry: self.retry)
        (self.type, self.data, self.id, self.retry) = (nil, nil, nil, nil)
        return event
    }

    /// Takes one line that is not empty.
    ///
    /// - Returns: The event's beginning when it is over its bound now.
    private mutating func take(_ line: ByteBuffer) -> SSEEvent? {
        let (name, value) = Self.split(line)
        guard name == "data" || line.readableBytes <= Self.maximumFieldBytes else { return nil }
        switch name {
        case "data": return self.addData(value)
        case "event": self.type = value.readableBytes == 0 ? nil : String(buffer: value)
        case "id":
            guard value.readableBytes <= Self.maximumIDBytes, !value.readableBytesView.contains(0) else { break }
            self.id = String(buffer: value)
        case "retry":
            let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
            guard value.readableBytes <= 10, value.readableBytesView.allSatisfy(digits.contains),
                let milliseconds = UInt32(String(buffer: value))
            else { break }
            self.retry = min(.milliseconds(Int64(milliseconds)), Self.maximumRetry)
        default: break
        }
        return nil
    }

    private mutating func addData(_ value: ByteBuffer) -> SSEEvent? {
        guard !self.isOver(with: value.readableBytes) else { return self.oversized(value) }
        if self.data == nil {
            self.data = value
        } else {
            self.data?.writeInteger(UInt8(ascii: "\n"))
            self.data?.writeImmutableBuffer(value)
        }
        return nil
    }

    /// Whether the event's data is over its bound with one more line of so many bytes.
    private func isOver(with more: Int) -> Bool {
        (self.data.map { $0.readableBytes + 1 } ?? 0) + more > self.maximumEventBytes
    }

    /// The event so far, cut short; its rest is passed over.
    private mutating func oversized(_ value: ByteBuffer) -> SSEEvent {
        let data = self.data ?? value
        let prefix = ByteBuffer(bytes: data.readableBytesView.prefix(Self.oversizedPrefixBytes))
        let event = SSEEvent(type: self.type ?? "message", data: prefix, id: self.id, retry: self.retry, isOversized: true)
        (self.type, self.data, self.id, self.retry) = (nil, nil, nil, nil)
        self.skipsEvent = true
        return event
    }

    /// Drops a line that is not complete yet when nobody wants it, or when it is too long already: by the same measure as when it
    /// is complete, so that it does not matter in which pieces it comes.
    private mutating func boundPending() -> SSEEvent? {
        let line = self.pending
        guard line.readableBytes > 0 else { return nil }
        guard !self.skipsEvent, !self.skipsLine else {
            self.dropPending()
            return nil
        }
        let (name, value) = Self.split(line)
        // Without its colon the name may go on.
        let isData = name == "data" && line.readableBytes > 4
        guard isData ? self.isOver(with: value.readableBytes) : line.readableBytes > Self.maximumFieldBytes else { return nil }
        self.dropPending()
        return isData ? self.oversized(value) : nil
    }

    private mutating func dropPending() {
        self.pending = ByteBuffer()
        self.scanned = 0
        self.skipsLine = true
    }

    /// Field name and value of a line. A comment has an empty name; other names than those known are not converted.
    private static func split(_ line: ByteBuffer) -> (name: String, value: ByteBuffer) {
        let view = line.readableBytesView
        let colon = view.prefix(8).firstIndex(of: UInt8(ascii: ":")) ?? view.endIndex
        guard colon - view.startIndex <= 5 else { return ("", ByteBuffer()) }
        let name = String(decoding: view[..<colon], as: UTF8.self)
        var value = line
        value.moveReaderIndex(to: colon)
        if value.readableBytes > 0 { value.moveReaderIndex(forwardBy: 1) }
        if value.readableBytesView.first == UInt8(ascii: " ") { value.moveReaderIndex(forwardBy: 1) }
        return (name, value)
    }
}

extension SSEParser {
    /// Takes the next whole line without its end.
    private mutating func nextLine() -> ByteBuffer? {
        if self.endedWithReturn, self.pending.readableBytes > 0 {
            self.endedWithReturn = false
            if self.pending.getInteger(at: self.pending.readerIndex) == UInt8(ascii: "\n") {
                self.pending.moveReaderIndex(forwardBy: 1)
            }
        }
        let start = self.scanned
        let end: Int? = self.pending.withUnsafeReadableBytes { bytes in
            var index = start
            while index < bytes.count {
                if bytes[index] == UInt8(ascii: "\n") || bytes[index] == UInt8(ascii: "\r") { return index }
                index += 1
            }
            return nil
        }
        guard let end, let line = self.pending.readSlice(length: end) else {
            self.scanned = self.pending.readableBytes
            return nil
        }
        self.scanned = 0
        self.endedWithReturn = self.pending.readInteger() == UInt8(ascii: "\r")
        return line
    }

    /// Skips a byte order mark at the very start.
    ///
    /// - Returns: Whether it is decided that there is one or none.
    private mutating func passByteOrderMark() -> Bool {
        guard self.isAtStart else { return true }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let start = self.pending.readableBytesView.prefix(3)
        guard mark.starts(with: start) else {
            self.isAtStart = false
            return true
        }
        guard start.count == 3 else { return false }
        self.pending.moveReaderIndex(forwardBy: 3)
        self.isAtStart = false
        return true
    }
}
