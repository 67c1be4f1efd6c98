import Foundation
import TestSupport
import Testing

@testable import MCPStore

/// A store that was closed does nothing, and says so.
@Suite(.timeLimit(.minutes(5))) struct ClosedTests {
    private typealias Operation = (name: String, body: (StoreContext) async throws -> Void)

    private let operations: [Operation] = [
        ("addService", { try await $0.addService(["name": "more", "command": "x"]) }),
        ("addService(json)", { try await $0.addService(json: Data(#"{"name": "more", "command": "x"}"#.utf8)) }),
        ("updateService", { try await $0.updateService("tools", ["command": "x"]) }),
        ("patchService", { try await $0.patchService("tools", ["disabled": true]) }),
        ("resetConfig", { try await $0.resetConfig() }),
        ("removeService", { try await $0.removeService("tools") }),
        ("restartService", { try await $0.restartService("tools") }),
        ("listServices", { _ = try await $0.listServices() }),
        ("serviceInfo", { _ = try await $0.serviceInfo("tools") }),
        ("waitService", { try await $0.waitService("tools") }),
        ("listAgents", { _ = try await $0.listAgents() }),
        ("listTools", { _ = try await $0.listTools() }),
        ("listTools(service)", { _ = try await $0.listTools(service: "tools") }),
        ("toolInfo", { _ = try await $0.toolInfo("echo") }),
        ("toolStats", { _ = try await $0.toolStats() }),
        ("toolStats(tool)", { _ = try await $0.toolStats("echo") }),
        ("callTool", { _ = try await $0.callTool("echo", ["text": "x"]) }),
        ("callTool(key)", { _ = try await $0.callTool("echo", ["text": "x"], idempotencyKey: "k") }),
        ("useTool", { _ = try await $0.useTool("unknown") }),
        ("listResources", { _ = try await $0.listResources() }),
        ("listResourceTemplates", { _ = try await $0.listResourceTemplates() }),
        ("readResource", { _ = try await $0.readResource("note:///by/Ada/Engine") }),
        ("readResource(service)", { _ = try await $0.readResource("note:///by/Ada/Engine", service: "tools") }),
        ("listPrompts", { _ = try await $0.listPrompts() }),
        ("getPrompt", { _ = try await $0.getPrompt("greeting", ["name": "Ada"]) }),
        ("complete", { _ = try await $0.complete(prompt: "greeting", argument: "name", value: "") }),
        ("status", { _ = try await $0.status() }),
    ]

    private func expectClosed(_ store: MCPStore) async throws {
        for context in [store.forStore(), try store.forAgent("a")] {
            for (name, body) in operations {
                do {
                    try await body(context)
                    Issue.record("\(name) of a closed store did something")
                } catch {
                    #expect((error as? MCPStoreError)?.code == .closed, "\(name): \(error)")
                }
            }
            for await event in context.events() { Issue.record("\(event)") }
        }
        // Once more does no harm.
        await store.close()
    }

    @Test func `S13: every function of a store in memory that was closed throws closed`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            await fixture.store.close()
            try await expectClosed(fixture.store)
        }
    }

    @Test(arguments: [true, false])
    func `S3: every function of a store over Redis that was closed throws closed`(fallback: Bool) async throws {
        try await withFallbackStore(.running, fallback: fallback) { fixture in
            try await fixture.add("tools")
            await fixture.store.close()
            try await expectClosed(fixture.store)
        }
    }
}
