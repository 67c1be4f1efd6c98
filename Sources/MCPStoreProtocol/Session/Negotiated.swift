import NIOCore

/// What both sides agreed on, and what the server told about itself.
struct Negotiated: Sendable, Equatable {
    var revision: ProtocolRevision
    /// Raw JSON; for display only.
    var serverInfo: ByteBuffer?
    /// Raw JSON object.
    var capabilities: ByteBuffer
    var instructions: String?
    /// The capabilities as far as a session needs them.
    var offers: ServerOffers
}
