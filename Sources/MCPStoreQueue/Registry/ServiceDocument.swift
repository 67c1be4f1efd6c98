import NIOCore

/// The configuration of a service as stored: `{"version":…,"updated":…,"by":…,"config":…}`.
package struct ServiceDocument: Sendable {
    package var name: String
    /// Grows with every write; for compare-and-set.
    package var version: Int
    package var updated: String
    package var by: String
    /// What an operator has told it; `nil`: it runs.
    package var hold: ServiceHold?
    /// The `mcpServers` entry with our own fields, as raw JSON.
    package var configuration: ByteBuffer

    package init(name: String, version: Int, updated: String, by: String, configuration: ByteBuffer, hold: ServiceHold? = nil) {
        self.name = name
        self.version = version
        self.updated = updated
        self.by = by
        self.configuration = configuration
        self.hold = hold
    }
}
