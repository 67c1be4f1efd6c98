import NIOCore

/// One tool, prompt, resource or template as clients are shown it.
struct CatalogEntry: Sendable {
    /// The service that has it.
    let service: String
    /// The name (or URI) by which the client asks for it.
    let name: String
    /// The server's own name for it.
    let ownName: String
    /// As it is listed: the server's own document, with the name that is clear here.
    let document: ByteBuffer
}
