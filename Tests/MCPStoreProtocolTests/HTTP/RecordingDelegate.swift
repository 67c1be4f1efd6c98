import NIOCore

@testable import MCPStoreProtocol

/// Keeps what a transport tells its session.
final class RecordingDelegate: MCPTransportDelegate {
    /// One call.
    enum Event: Sendable {
        case message(String)
        case failed(Int, MCPError)
        case closed(MCPError)

        var message: String? { if case .message(let text) = self { text } else { nil } }
        var failure: MCPError? { if case .failed(_, let error) = self { error } else { nil } }
        var failedID: Int? { if case .failed(let id, _) = self { id } else { nil } }
        var reason: MCPError? { if case .closed(let error) = self { error } else { nil } }
    }

    let events = Mailbox<Event>()

    func received(_ message: ByteBuffer) {
        self.events.put(.message(String(buffer: message)))
    }

    func requestFailed(id: Int, error: MCPError) {
        self.events.put(.failed(id, error))
    }

    func transportClosed(_ reason: MCPError) {
        self.events.put(.closed(reason))
    }
}
