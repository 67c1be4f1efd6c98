import NIOCore

/// Services as they are to be stored.
package struct ParsedServices: Sendable {
    /// Canonical JSON by name, in the order of names.
    package var services: [(name: String, configuration: ByteBuffer)] = []
    /// What was noticed and does no harm, one line each.
    package var warnings: [String] = []
}
