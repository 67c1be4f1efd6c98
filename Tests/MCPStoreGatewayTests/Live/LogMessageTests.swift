import MCPStore
import MCPStoreProtocol
import TestSupport
import Testing

@testable import MCPStoreGateway

/// Log messages of servers, to the clients whose calls they belong to.
struct LogMessageTests {
    private static let steps = ["Tool execution started", "Tool processing data", "Tool execution completed"]

    private func logs(_ answer: LiveGateway.Answer) throws -> [String] {
        try answer.messages.map { try json($0) }.filter { $0["method"] == "notifications/message" }
            .compactMap { $0["params"]?["data"]?.stringValue }
    }

    /// A service whose sessions tell whose log it is.
    private func check(_ gateway: LiveGateway, _ service: JSONValue) async throws {
        let context = gateway.store.forStore()
        try await context.removeService("tools")
        try await context.addService(["mcpServers": ["logging": service]])
        try await context.waitService("logging", timeout: .seconds(90))
        let name = "test_logging_tool"
        // 2026-07-28: to who asks, from the level on that it asks for.
        let level = #""io.modelcontextprotocol/logLevel":"#
        let debug = try await gateway.modern("tools/call", #""name":"\#(name)""#, name: name, meta: level + #""debug""#)
        #expect(try logs(debug) == Self.steps, "\(debug.text)")
        #expect(try debug.json()["result"]?.contentText == "logged")
        let silent = try await gateway.modern("tools/call", #""name":"\#(name)""#, name: name)
        #expect(silent.type == "application/json" && silent.text.contains("logged"), "\(silent.text)")
        let error = try await gateway.modern("tools/call", #""name":"\#(name)""#, name: name, meta: level + #""error""#)
        #expect(try logs(error).isEmpty && error.text.contains("logged"), "\(error.text)")
        // Before that: from info on, to everybody.
        let legacy = try await gateway.legacy("tools/call", #""name":"\#(name)""#)
        #expect(try logs(legacy) == Self.steps, "\(legacy.text)")
    }

    @Test func `What a server logs over HTTP comes to the caller`() async throws {
        let server = try await PeerServer.toolServer("--conformance")
        do {
            try await withLiveGateway([]) { try await check($0, ["url": .string(server.url)]) }
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test func `What a server logs over a pipe of a single call comes to the caller`() async throws {
        try await withLiveGateway([]) { gateway in
            let command: JSONValue = .string(BuiltProduct.path(of: "toolserver"))
            try await check(gateway, ["command": command, "args": ["--conformance"], "isolation": "perCall"])
        }
    }

    @Test func `What a server logs over a pipe that callers share comes to nobody`() async throws {
        try await withLiveGateway { gateway in
            let name = "test_logging_tool"
            let meta = #""io.modelcontextprotocol/logLevel":"debug""#
            let modern = try await gateway.modern("tools/call", #""name":"\#(name)""#, name: name, meta: meta)
            #expect(modern.type == "application/json" && modern.text.contains("logged"), "\(modern.text)")
            let legacy = try await gateway.legacy("tools/call", #""name":"\#(name)""#)
            #expect(legacy.type == "application/json" && legacy.text.contains("logged"), "\(legacy.text)")
        }
    }

    @Test func `A level that there is not is refused`() async throws {
        let door = FrontDoor(space: ScriptedSpace())
        #expect(try await door.ask("logging/setLevel", #""level":"loud""#, era: .legacy)["error"]?["code"] == -32602)
        #expect(try await door.ask("logging/setLevel", #""level":"warning""#, era: .legacy)["result"] == [:])
    }
}
