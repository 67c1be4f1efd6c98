import Logging
import MCPStoreProtocol
import NIOCore
import NIOPosix

/// Calls with our own client over stdio, without queue or worker.
struct DirectTarget: Target {
    private let session: MCPSession
    private let params = ByteBuffer(string: "{\"name\":\"echo\",\"arguments\":{\"text\":\"\(echoText)\"}}")

    static func open(server: String, logger: Logger) async throws -> DirectTarget {
        let session = try await MCPSession.open(
            ServerConfiguration(transport: .stdio(StdioServer(command: server))),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            clientInfo: ClientInfo(name: "loadtest", version: "1"),
            logger: logger
        ) { _ in }
        return DirectTarget(session: session)
    }

    func call() async throws {
        let response = await session.request(MCPRequest(method: "tools/call", params: params, name: "echo"))
        guard case .result(_, false, _) = response else { throw UnexpectedAnswer(text: "\(response)") }
    }

    func close() async {
        await session.close(reason: MCPError(.closed, "measured"))
    }
}
