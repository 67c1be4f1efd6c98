import Foundation
import MCPStore
import TestSupport
import Testing

/// What holds over Redis holds in memory: answers that are used again, and tools that stay as they were approved.
@Suite(.timeLimit(.minutes(3))) struct MemoryReuseTests {
    @Test func `20 calls that are the same run once, through one free slot, and are counted each`() async throws {
        try await withMemoryStore { fixture in
            guard case .object(var entry) = fixture.entry(concurrency: 2) else { return }
            entry["reuse"] = ["inFlight": true]
            try await fixture.context.addService(["mcpServers": ["tools": .object(entry)]])
            try await fixture.context.waitService("tools", timeout: .seconds(60))
            let context = fixture.context
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await context.callTool("record_readonly", ["id": "one", "ms": 6000]).text }
                }
                var texts: Set<String> = []
                for try await text in group { texts.insert(text) }
                #expect(texts.count == 1)
            }
            #expect(try fixture.starts(of: "record_readonly") == ["one": 1])
            let stats = try await context.toolStats("record_readonly")
            #expect(stats.outcomes == ["ok": 20] && stats.reused == ["reused_in_flight": 19, "reused_kept": 0], "\(stats)")
            // The slots are free again.
            #expect(try await context.callTool("echo", ["text": "x"]).text == "x")
        }
    }

    @Test func `a tool that changes is held back, the caller's list is without it, and approval brings it back`() async throws {
        try await withMemoryStore { fixture in
            let context = fixture.context
            try await fixture.add("tools", ["--era", "legacy", "--orders", fixture.directory.path])
            #expect(try await context.setToolPinning(.enforce))
            #expect(try await context.callTool("echo", ["text": "x"]).text == "x")
            try "".write(toFile: fixture.directory.path + "/change-tools", atomically: false, encoding: .utf8)
            #expect(
                try await fixture.wait {
                    try await context.listTools(includingHeld: true).contains {
                        $0.name == "echo" && $0.pin == .changed && $0.isHeld
                    }
                }
            )
            let names = try await context.listTools().map(\.name)
            #expect(!names.contains("echo") && !names.contains("added") && names.contains("add"))
            let refused = await #expect(throws: MCPStoreError.self) { try await context.callTool("echo", ["text": "x"]) }
            #expect(refused?.code == .rejected && refused?.message.contains("mcpstore tool approve tools/echo") == true)
            #expect(try await context.approveTools().map(\.name).sorted() == ["added", "echo"])
            #expect(try await fixture.wait { (try? await context.callTool("echo", ["text": "y"]).text) == "y" })
        }
    }
}
