import Foundation
import NIOCore

/// One call of a batch: see ``StoreContext/batch(_:_:)``.
public struct BatchCall: Sendable {
    /// The tool's own name, `service_tool` or `mcp_service_tool`.
    public var tool: String
    /// The service that is meant; needed only where all names of a tool are ambiguous.
    public var service: String?
    /// What the caller calls it, in JSON; its answer brings the same bytes.
    package var rawID: ByteBuffer
    /// The JSON text of its arguments, an object; nothing at all counts as `{}`.
    package var arguments: ByteBuffer
    /// Which call of the batch it is, such as the number of its line; where it has none, they are counted from 1.
    package var number: Int?
    /// Why it cannot be called: it is answered with this at once.
    package var problem: MCPStoreError?
    /// Whether it may have been submitted in a life of the batch of which Redis knows nothing any more: it then does not run
    /// a second time where that may do harm.
    package var isDoubtful = false
    /// Whether an earlier command may have queued it in this round, and whether it may have run in an earlier round.
    package var mayBeQueued = true
    package var mayHaveRunBefore = false

    /// What the caller calls it.
    public var id: JSONValue { JSONMembers.read(rawID) ?? .null }

    /// - Parameters:
    ///   - id: Any JSON value; comes back with the answer.
    ///   - arguments: An object.
    public init(id: JSONValue = .null, tool: String, arguments: JSONValue = [:], service: String? = nil) {
        self.init(rawID: id.buffer, tool: tool, arguments: arguments.buffer, service: service)
    }

    /// The same with arguments that are JSON text already: they reach the server as they are.
    public init(id: JSONValue = .null, tool: String, json arguments: Data, service: String? = nil) {
        self.init(rawID: id.buffer, tool: tool, arguments: ByteBuffer(bytes: arguments), service: service)
    }

    package init(rawID: ByteBuffer, tool: String, arguments: ByteBuffer, service: String?) {
        self.rawID = rawID
        self.tool = tool
        self.arguments = arguments
        self.service = service
    }
}
