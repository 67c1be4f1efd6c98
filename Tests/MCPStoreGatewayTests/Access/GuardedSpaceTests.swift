import MCPStore
import MCPStoreQueue
import Testing

@testable import MCPStoreGateway

/// One space as several principals see it.
struct GuardedSpaceTests {
    private let tools = ["get_a", "get_b", "delete_a"].map { #"{"name":"\#($0)"}"# }

    private func principal(_ id: String = "k1", tools: [String]?) -> Principal {
        Principal(name: "ci", id: id, tools: tools?.map { NamePattern($0) }, roles: [.call])
    }

    @Test func `A principal is listed the tools that it may call, in all pages`() async throws {
        var options = FrontDoorOptions()
        options.pageSize = 1
        let space = ScriptedSpace(try Catalog([.init(name: "s", tools: tools)]))
        let door = FrontDoor(space: space, options: options).seen(by: principal(tools: ["get_*"]))
        let first = try await door.ask("tools/list")["result"]
        #expect(first?["tools"] == [["name": "get_a"]])
        let cursor = try #require(first?["nextCursor"]?.stringValue)
        let second = try await door.ask("tools/list", #""cursor":"\#(cursor)""#)["result"]
        #expect(second?["tools"] == [["name": "get_b"]])
        #expect(second?["nextCursor"] == nil)
    }

    @Test func `A tool that is not listed cannot be called, by no other name either`() async throws {
        let space = ScriptedSpace(try Catalog([.init(name: "get", tools: tools)]))
        let door = FrontDoor(space: space).seen(by: principal(tools: ["get_*"]))
        // The last one is service_tool of the forbidden tool, and matches the pattern.
        for name in ["delete_a", "unknown", "get_delete_a"] {
            let answer = try await door.ask("tools/call", #""name":"\#(name)""#)
            #expect(answer["error"]?["code"] == -32602, "\(name): \(answer)")
        }
        #expect(space.forwarded.isEmpty)
        #expect(try await door.ask("tools/call", #""name":"get_a""#)["result"] != nil)
        #expect(space.forwarded.count == 1)
    }

    @Test func `What a principal may call does not depend on the names of other services' tools`() async throws {
        // Both have the same tools, so that they are listed as service_tool.
        let space = ScriptedSpace(try Catalog([.init(name: "get", tools: tools), .init(name: "other", tools: tools)]))
        func listed(_ patterns: [String]) async throws -> Set<String> {
            let door = FrontDoor(space: space).seen(by: principal(tools: patterns))
            let tools = try await door.ask("tools/list")["result"]?["tools"]?.arrayValue ?? []
            return Set(tools.compactMap { $0["name"]?.stringValue })
        }
        #expect(try await listed(["delete_*"]) == ["get_delete_a", "other_delete_a"])
        #expect(try await listed(["get_a"]) == ["get_get_a", "other_get_a"])
        #expect(try await listed(["other/*", "get/get_b"]) == ["get_get_b", "other_get_a", "other_get_b", "other_delete_a"])
        #expect(try await listed(["get_d*"]) == [])
    }

    @Test func `Who is not limited sees everything`() async throws {
        let space = ScriptedSpace(try Catalog([.init(name: "s", tools: tools)]))
        for principal in [principal(tools: nil), Principal.anonymous] {
            let door = FrontDoor(space: space).seen(by: principal)
            #expect(try await door.ask("tools/list")["result"]?["tools"]?.arrayValue?.count == 3)
        }
    }
}
