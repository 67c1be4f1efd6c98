import NIOCore

/// Cuts a byte stream into lines. Empty lines are passed over.
struct LineSplitter {
    private var buffer = ByteBuffer()
    /// Bytes at the start of `buffer` that are known to hold no line end.
    private var searched = 0
    private var lineLength: Int?

    mutating func append(_ bytes: ByteBuffer) {
        if self.buffer.readableBytes == 0 {
            self.buffer = bytes
            self.searched = 0
        } else {
            self.buffer.writeImmutableBuffer(bytes)
        }
        self.search()
    }

    /// Whether ``next()`` has one.
    var hasLine: Bool { self.lineLength != nil }

    /// How much there is of a line whose end has not come; 0 while there is a whole one.
    var bytesOfUnfinishedLine: Int { self.hasLine ? 0 : self.buffer.readableBytes }

    /// The next line without its end.
    mutating func next() -> [UInt8]? {
        guard let length = self.lineLength else { return nil }
        let line = self.buffer.readBytes(length: length)
        self.buffer.moveReaderIndex(forwardBy: 1)
        self.searched = 0
        self.search()
        return line
    }

    private mutating func search() {
        self.lineLength = nil
        while let end = self.buffer.readableBytesView.dropFirst(self.searched).firstIndex(of: UInt8(ascii: "\n")) {
            let length = end - self.buffer.readerIndex
            if length > 0 {
                self.lineLength = length
                return
            }
            self.buffer.moveReaderIndex(forwardBy: 1)
            self.searched = 0
        }
        self.searched = self.buffer.readableBytes
        if self.buffer.readableBytes == 0 { self.buffer.clear() }
    }
}
