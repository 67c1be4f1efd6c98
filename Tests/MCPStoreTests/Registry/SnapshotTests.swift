import MCPStoreQueue
import MCPStoreRedis
import MCPStoreWorker
import NIOCore
import TestSupport
import Testing

@testable import MCPStore

/// The snapshot follows the registry of a real Redis, which another connection writes.
struct SnapshotTests {
    private func tools(_ snapshot: RegistrySnapshot) -> [String] { snapshot.tools.map(\.qualifiedName) }

    @Test func `What others add, change and remove appears by itself`() async throws {
        try await withStore { fixture in
            #expect(fixture.follower.withSnapshot { $0.services.isEmpty })
            try await fixture.add("s", tools: ["a", "b"], status: nil)
            #expect(await fixture.waitForSnapshot { tools($0) == ["s_a", "s_b"] })
            try await fixture.set(.healthy, of: "s")
            #expect(await fixture.waitForSnapshot { $0.services["s"]?.state.status == .healthy })
            try await fixture.publish("s", tools: [#"{"name":"b"}"#, #"{"name":"c","description":"new"}"#])
            #expect(await fixture.waitForSnapshot { tools($0) == ["s_b", "s_c"] })
            _ = try await fixture.registry.put(
                [("s", ByteBuffer(string: #"{"command":"x","callTimeoutMs":1234}"#), nil)],
                by: "test"
            )
            #expect(await fixture.waitForSnapshot { $0.services["s"]?.configuration.callTimeoutMs == 1234 })
            _ = try await fixture.registry.remove("s")
            #expect(await fixture.waitForSnapshot { $0.services.isEmpty && tools($0).isEmpty })
        }
    }

    @Test func `Many changes at once end in what Redis holds`() async throws {
        try await withStore { fixture in
            for number in 0..<100 { try await fixture.add("s\(number)", tools: ["t\(number)"]) }
            for number in 0..<50 { _ = try await fixture.registry.remove("s\(number)") }
            #expect(
                await fixture.waitForSnapshot { snapshot in
                    snapshot.services.count == 50
                        && snapshot.services.allSatisfy { $0.value.tools.count == 1 && $0.value.state.status == .healthy }
                }
            )
        }
    }

    @Test func `A name that the snapshot does not know is looked up in Redis once`() async throws {
        try await withStore { fixture in
            // Written without the event that the store follows.
            try await fixture.add("s", tools: ["a"])
            _ = try await fixture.client.execute(.init("DEL", SpaceKeys(fixture.space).changes))
            let tool = try await fixture.context.toolInfo("a")
            #expect(tool.service == "s")
        }
    }

    @Test func `What changed while the connection was lost is found`() async throws {
        try await withRedisServer { server in
            try await withStore(server) { fixture in
                try await fixture.add("old", tools: ["a"])
                #expect(await fixture.waitForSnapshot { tools($0) == ["old_a"] })
                await server.kill()
                try await server.restart()  // without persistence: its data is gone
                #expect(await fixture.waitForSnapshot { $0.services.isEmpty })
                try await fixture.add("new", tools: ["b"])
                #expect(await fixture.waitForSnapshot { tools($0) == ["new_b"] })
            }
        }
    }

    @Test func `Tools carry what their server says of them`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: [])
            let listed =
                #"{"name":"a","title":"T","description":"D","inputSchema":{"type":"object", "x":1},"annotations":{"readOnlyHint":true,"destructiveHint":false}}"#
            try await fixture.publish("s", tools: [listed, #"{"noname":1}"#, #"{"name":"a","description":"again"}"#])
            let tools = try await fixture.context.listTools(service: "s")
            let tool = try #require(tools.first)
            #expect(tools.count == 1)
            #expect(tool.title == "T")
            #expect(tool.description == "D")
            #expect(tool.isReadOnly == true)
            #expect(tool.isDestructive == false)
            #expect(tool.isIdempotent == nil)
            #expect(String(decoding: tool.inputSchema, as: UTF8.self) == #"{"type":"object", "x":1}"#)
            #expect(String(decoding: tool.json, as: UTF8.self) == listed)
        }
    }

    @Test func `The queue is told pool, trouble and workers to ring`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["a"], status: nil)
            try await fixture.set(.reconnecting, of: "s", reason: "it died\nsecond line", worker: "w-1")
            try await fixture.set(.unreachable, of: "s", worker: "w-2", ring: true)
            try await fixture.follower.reload()
            let hint = fixture.follower.withSnapshot { $0.hint("s") }
            #expect(hint.pool == fixture.pool)
            #expect(hint.condition.trouble == "reconnecting: it died")
            #expect(hint.workers == ["w-2"])
            try await fixture.set(.healthy, of: "s", worker: "w-1")
            try await fixture.follower.reload()
            #expect(fixture.follower.withSnapshot { $0.hint("s").condition } == .good)
            try await fixture.set(.warning, of: "s", reason: "slow", worker: "w-1")
            try await fixture.follower.reload()
            #expect(fixture.follower.withSnapshot { $0.hint("s").condition.warning } == "warning: slow")
            #expect(fixture.follower.withSnapshot { $0.hint("other").condition.trouble } != nil)
        }
    }
}
