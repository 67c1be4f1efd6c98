import LoadDriver
import Logging
import MCPStoreProtocol
import NIOCore
import NIOPosix

/// Calls with our own client straight to the MCP server, without queue or worker.
final class DirectTarget: LoadTarget {
    private let session: MCPSession
    private let payloads = Payloads()

    private init(_ session: MCPSession) { self.session = session }

    /// - Throws: `MCPError` where the server cannot be used.
    static func open(_ server: ServerConfiguration, logger: Logger) async throws -> DirectTarget {
        let session = try await MCPSession.open(
            server,
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            clientInfo: ClientInfo(name: "loadtest", version: "1"),
            logger: logger
        ) { _ in }
        return DirectTarget(session)
    }

    func call(_ call: PlannedCall) async -> CallAnswer {
        let request = MCPRequest(method: "tools/call", params: payloads.parameters(of: call), name: call.tool)
        switch await session.request(request) {
        case .result(let result, false, _):
            if call.tool == "echo", !EchoAnswer.holds(result, length: payloads.arguments(of: call).count) {
                return CallAnswer(outcome: "wrongAnswer", message: "the answer is not the echo of its text")
            }
            return .ok
        case .result: return CallAnswer(outcome: "toolError")
        case .error(_, let code): return CallAnswer(outcome: "protocolError", message: "JSON-RPC error \(code)")
        case .failed(let error): return CallAnswer(outcome: "\(error.code)", message: error.message)
        }
    }

    func close() async { await session.close(reason: MCPError(.closed, "measured")) }
}
