import MCPStore
import MCPStoreProtocol
import NIOCore
import TestSupport
import Testing

@testable import MCPStoreGateway

struct ListeningTests {
    private let one = Catalog.Service(name: "s", tools: [#"{"name":"a"}"#])

    @Test func `A subscription is acknowledged first, tells what it asked for only, and ends in order`() async throws {
        let space = ScriptedSpace(try Catalog([one]))
        let subscriptions = Subscriptions()
        let door = FrontDoor(space: space, subscriptions: subscriptions)
        let told = Told()
        let asking = Task {
            try await door.ask("subscriptions/listen", #""notifications":{"toolsListChanged":true,"promptsListChanged":false}"#) {
                told.add($0)
            }
        }
        try await eventually("the acknowledgement", within: .seconds(60)) { told.all.count == 1 }
        let tag: JSONValue = ["io.modelcontextprotocol/subscriptionId": 7]
        let first = try json(told.all[0])
        #expect(first["method"] == "notifications/subscriptions/acknowledged")
        #expect(first["params"] == ["_meta": tag, "notifications": ["toolsListChanged": true]])

        // Prompts changed, which nobody asked for; then tools.
        var changed = one
        changed.prompts = [#"{"name":"p"}"#]
        space.change(to: try Catalog([changed]))
        changed.tools = [#"{"name":"b"}"#]
        space.change(to: try Catalog([changed]))
        try await eventually("the change", within: .seconds(60)) { told.all.count == 2 }
        let second = try json(told.all[1])
        #expect(second["method"] == "notifications/tools/list_changed")
        #expect(second["params"] == ["_meta": tag])

        subscriptions.end()
        let answer = try await asking.value
        #expect(answer["result"] == ["resultType": "complete", "_meta": tag])
        #expect(told.all.count == 2)
        #expect(subscriptions.count == 0)
    }

    @Test func `A subscription that is taken back leaves nothing behind`() async throws {
        let subscriptions = Subscriptions()
        let door = FrontDoor(space: ScriptedSpace(), subscriptions: subscriptions)
        let told = Told()
        let asking = Task { try await door.ask("subscriptions/listen", #""notifications":{}"#) { told.add($0) } }
        try await eventually("the acknowledgement", within: .seconds(60)) { told.all.count == 1 }
        #expect(subscriptions.count == 1)
        asking.cancel()
        _ = try await asking.value
        try await eventually("it is gone", within: .seconds(60)) { subscriptions.count == 0 }
    }

    @Test func `More subscriptions than are allowed are refused`() async throws {
        let door = FrontDoor(space: ScriptedSpace(), subscriptions: Subscriptions(most: 0))
        #expect(try await door.ask("subscriptions/listen", #""notifications":{}"#)["error"]?["code"] == -32603)
    }

    @Test func `One principal may have a part of the subscriptions only, and gets it back`() async throws {
        let subscriptions = Subscriptions(most: 8)
        func open(_ principal: String) -> AsyncStream<Void>? { subscriptions.follow(AsyncStream { _ in }, by: principal) }
        var streams = [open("a"), open("a")]
        #expect(streams.allSatisfy { $0 != nil } && open("a") == nil)
        let others = (0..<6).map { open("b\($0 / 2)") }
        #expect(others.allSatisfy { $0 != nil } && open("c") == nil, "all are taken")
        streams[0] = nil
        try await eventually("it is gone", within: .seconds(60)) { subscriptions.count == 7 }
        #expect(open("b0") == nil && open("a") != nil)
        withExtendedLifetime((streams, others)) {}
    }
}
