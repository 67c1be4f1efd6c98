import Foundation
import MCPStore
import MCPStoreProtocol
import NIOConcurrencyHelpers
import NIOCore

@testable import MCPStoreGateway

/// What a client of the modern era says of itself.
let modernMeta =
    #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#

extension FrontDoor {
    /// Asks something and reads the answer.
    ///
    /// - Parameters:
    ///   - params: The members of `params`, without braces.
    ///   - onNotification: Gets each notification, as text.
    func ask(
        _ method: String,
        _ params: String = "",
        era: MCPEra = .modern,
        id: String = "7",
        onNotification: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> JSONValue {
        let meta = era == .modern ? [modernMeta] : []
        let members = (meta + (params.isEmpty ? [] : [params])).joined(separator: ",")
        let request = try ClientRequest(id: ByteBuffer(string: id), method: method, params: ByteBuffer(string: "{\(members)}"))
        let reply = await answer(request, era: era) { onNotification(String(buffer: $0)) }
        return try JSONValue(parsing: reply.message.readableBytesView)
    }
}

/// Keeps what is told.
final class Told: Sendable {
    private let box = NIOLockedValueBox<[String]>([])

    var all: [String] { box.withLockedValue { $0 } }

    func add(_ text: String) { box.withLockedValue { $0.append(text) } }
}

/// JSON text, read.
func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: Data(text.utf8)) }

extension JSONValue {
    /// The text of the first content of a result.
    var contentText: String? { self["content"]?.arrayValue?.first?["text"]?.stringValue }
}
