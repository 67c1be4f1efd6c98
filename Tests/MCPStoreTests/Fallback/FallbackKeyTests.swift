import TestSupport
import Testing

@testable import MCPStore

/// S14: idempotency keys when Redis is lost in the middle.
@Suite(.timeLimit(.minutes(3))) struct FallbackKeyTests {
    private func record(_ context: StoreContext, _ key: String, ms: Int = 0) async throws -> String {
        try await context.callTool(
            "record_destructive",
            ["id": .string(key), "ms": .integer(ms)],
            timeout: .seconds(60),
            idempotencyKey: key
        ).text
    }

    @Test func `S14: what a key was answered in Redis is its answer in memory, and the other way round`() async throws {
        try await withFallbackStore(.running) { fixture in
            try await fixture.add("tools")
            let context = fixture.context
            #expect(try await record(context, "first") == "recorded first")
            await fixture.server.kill()
            try await fixture.eventually("it is in memory") { fixture.store.usesMemory }
            #expect(try await record(context, "first") == "recorded first")
            #expect(try await record(context, "second") == "recorded second")
            let other = await #expect(throws: MCPStoreError.self) {
                try await context.callTool("record_destructive", ["id": "x"], idempotencyKey: "first")
            }
            #expect(other?.code == .rejected)

            try await fixture.server.restart()
            try await fixture.eventually("it uses Redis") { !fixture.store.usesMemory }
            #expect(try await record(context, "first") == "recorded first")
            #expect(try await record(context, "second") == "recorded second")
            #expect(try fixture.executions() == 2)
        }
    }

    @Test func `S14: a key whose run is in Redis is waited for in memory, and not run beside it`() async throws {
        try await withFallbackStore(.running) { fixture in
            try await fixture.add("tools")
            let context = fixture.context
            let first = Task { try await record(context, "k", ms: 3000) }
            try await fixture.eventually("it runs") { try fixture.executions() == 1 }
            await fixture.server.kill()
            try await fixture.eventually("it is in memory") { fixture.store.usesMemory }
            let second = Task { try await record(context, "k", ms: 3000) }
            try await fixture.eventually("it has run") { try fixture.executions("end") == 1 }
            try await fixture.server.restart()
            #expect(try await first.value == "recorded k")
            #expect(try await second.value == "recorded k")
            #expect(try fixture.executions() == 1)
        }
    }

    @Test func `S14: a key whose run is in memory is waited for there when Redis is back`() async throws {
        try await withFallbackStore(.running) { fixture in
            try await fixture.add("tools")
            let context = fixture.context
            await fixture.server.kill()
            try await fixture.eventually("it is in memory") { fixture.store.usesMemory }
            let first = Task { try await record(context, "k", ms: 4000) }
            try await fixture.eventually("it runs") { try fixture.executions() == 1 }
            try await fixture.server.restart()
            try await fixture.eventually("it uses Redis") { !fixture.store.usesMemory }
            #expect(try await record(context, "k", ms: 4000) == "recorded k")
            #expect(try await first.value == "recorded k")
            #expect(try fixture.executions() == 1)
        }
    }
}
