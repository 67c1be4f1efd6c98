import NIOCore

/// A tool as a worker publishes it.
package struct ToolListing: Sendable {
    /// The tool's own name.
    package var name: String
    /// The info document: JSON with service, name, qualified name and the tool as listed.
    package var document: ByteBuffer

    package init(name: String, document: ByteBuffer) {
        self.name = name
        self.document = document
    }

    /// The keys that it may get, in this order.
    func candidates(service: String) -> [String] {
        [name, "\(service)_\(name)", "\(service)_\(name)~\(service)"]
    }
}
