import Foundation
import MCPStoreQueue
import NIOCore

extension ServiceConfiguration {
    /// Reads a configuration as it is stored.
    ///
    /// - Throws: Where it is no JSON object, or a field has another type: it was written by hand, or by another version.
    package init(_ document: ServiceDocument) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(document.configuration.readableBytesView))
    }
}
