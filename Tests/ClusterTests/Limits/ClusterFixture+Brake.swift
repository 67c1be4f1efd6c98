import Foundation
import MCPStore

extension ClusterFixture {
    /// The brake that is on a service.
    func brake(_ service: String) async throws -> JSONValue? {
        guard let text = try await string("\(space):services:\(service):brake") else { return nil }
        return try JSONValue(parsing: Data(text.utf8))
    }
}
