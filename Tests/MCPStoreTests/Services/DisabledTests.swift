import TestSupport
import Testing

@testable import MCPStore

/// A call of a disabled service is refused at once: it would wait for its deadline in vain.
@Suite(.timeLimit(.minutes(5))) struct DisabledTests {
    /// - Parameter other: Another process, where there may be one.
    private func check(_ context: StoreContext, enabledBy other: StoreContext) async throws {
        try await context.patchService("tools", ["disabled": true])
        let requests: [(String, () async throws -> Void)] = [
            ("tool", { _ = try await context.callTool("echo", ["text": "x"], timeout: .seconds(600)) }),
            ("prompt", { _ = try await context.getPrompt("greeting", ["name": "Ada"], timeout: .seconds(600)) }),
            ("resource", { _ = try await context.readResource("note:///x", service: "tools", timeout: .seconds(600)) }),
        ]
        for (name, request) in requests {
            do {
                try await request()
                Issue.record("the \(name) of a disabled service answered")
            } catch let error as MCPStoreError {
                // The suite's limit is below the calls' deadlines.
                #expect(error.code == .rejected, "\(name): \(error)")
                #expect(error.message.contains("'tools' is disabled"), "\(error)")
            }
        }
        // Nothing was accepted: nothing is counted.
        #expect(try await context.toolStats("echo").calls == 0)
        try await other.patchService("tools", ["disabled": nil])
        #expect(try await context.callTool("echo", ["text": "x"], timeout: .seconds(60)).text == "x")
    }

    @Test func `S13: a call of a disabled service is refused at once without Redis`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            try await check(fixture.context, enabledBy: fixture.context)
        }
    }

    @Test func `S13: a call of a disabled service is refused at once over Redis`() async throws {
        try await withFallbackStore(.running) { fixture in
            try await fixture.add("tools")
            let other = try await MCPStore.setup(redis: fixture.options, logger: .silent)
            try await check(fixture.context, enabledBy: other.forStore())
            await other.close()
        }
    }
}
