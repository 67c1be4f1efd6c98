import NIOCore

/// What goes over an event stream (WHATWG HTML, "Server-sent events").
enum EventStream {
    /// One event with a message that is one line.
    static func event(_ message: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(message.readableBytes + 24)
        buffer.writeStaticString("event: message\ndata: ")
        buffer.writeImmutableBuffer(message)
        buffer.writeStaticString("\n\n")
        return buffer
    }

    /// A comment, which only keeps the connection from looking idle.
    static let keepAlive = ByteBuffer(string: ": still working\n\n")
}
