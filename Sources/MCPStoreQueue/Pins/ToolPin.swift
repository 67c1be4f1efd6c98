import NIOCore

/// What was approved of a tool: a field of `{space}:services:{s}:pins`.
package struct ToolPin: Sendable, Equatable {
    /// Of ``document``, SHA-256 in hexadecimal digits.
    package var hash: String
    /// When, ISO 8601.
    package var approved: String
    /// By whom; ``firstListing`` where nobody was asked.
    package var by: String
    /// The part of the tool that counts, as canonical JSON.
    package var document: ByteBuffer

    /// What stands for a person where a service's first list was taken as approved with the service itself.
    package static let firstListing = "first listing"

    package init(hash: String, approved: String, by: String, document: ByteBuffer) {
        self.hash = hash
        self.approved = approved
        self.by = by
        self.document = document
    }
}

/// A tool that is to be approved.
package struct PinnedTool: Sendable {
    /// The tool's own name.
    package var name: String
    package var hash: String
    package var document: ByteBuffer

    package init(name: String, hash: String, document: ByteBuffer) {
        self.name = name
        self.hash = hash
        self.document = document
    }
}
