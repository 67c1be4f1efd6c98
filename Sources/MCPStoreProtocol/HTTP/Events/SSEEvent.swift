import NIOCore

/// One event of a `text/event-stream` (WHATWG HTML, "Server-sent events").
struct SSEEvent: Sendable, Equatable {
    /// The `event` field; `message` when the event has none.
    var type: String
    /// The `data` lines, joined by newlines; empty when the event has none.
    var data: ByteBuffer
    /// The `id` field, when this event has one: what `Last-Event-ID` must say to go on after it.
    var id: String?
    /// The `retry` field, when this event has one: how long to wait before the stream is opened again.
    var retry: TimeAmount?
    /// Whether the event is larger than allowed: ``data`` is its beginning only, and the rest is passed over.
    var isOversized = false

    /// Whether the event carries a JSON-RPC message. Priming and keep-alive events carry none.
    var isMessage: Bool { self.type == "message" && self.data.readableBytes > 0 && !self.isOversized }
}
