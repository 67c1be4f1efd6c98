import Foundation
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import MCPStoreProtocol

@Suite struct ScratchTests {
    @Test func real() async throws {
        for command in (ProcessInfo.processInfo.environment["REAL"] ?? "").split(separator: ";") {
            let parts = command.split(separator: " ").map(String.init)
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let start = ContinuousClock.now
            var logger = Logger(label: "x")
            logger.logLevel = .debug
            let session = try await MCPSession.open(
                ServerConfiguration(transport: .stdio(StdioServer(command: parts[0], arguments: Array(parts.dropFirst())))),
                eventLoop: loop,
                clientInfo: ClientInfo(name: "mcpstore", version: "0"),
                logger: logger
            ) { print("event", $0) }
            print("opened", session.revision, ContinuousClock.now - start, session.serverInfo.map { String(buffer: $0) } ?? "-", String(buffer: session.capabilities))
            let tools = try await session.listTools()
            print(tools.map { ($0.name, $0.readOnlyHint) })
            try await print(session.listResources().count, session.listPrompts().count, session.listResourceTemplates().count)
            try await session.ping(timeout: .seconds(5))
            if tools.contains(where: { $0.name == "get_current_time" }) {
                let begin = ContinuousClock.now
                let response = await session.request(MCPRequest(method: "tools/call", params: ByteBuffer(string: #"{"name":"get_current_time","arguments":{"timezone":"Europe/Berlin"}}"#), name: "get_current_time"))
                print(response, ContinuousClock.now - begin)
                if case .result(let r, let e, let t) = response { print(String(buffer: r), e, t) }
                let bad = await session.request(MCPRequest(method: "tools/call", params: ByteBuffer(string: #"{"name":"get_current_time","arguments":{"timezone":"Nowhere"}}"#)))
                print(bad)
            }
            let closing = ContinuousClock.now
            await session.close()
            print("closed", ContinuousClock.now - closing)
        }
    }
}
