import Foundation
import Glibc
import MCPStore
import NIOConcurrencyHelpers
import TestSupport
import Testing

/// S13: without Redis, the same store, worker and tool semantics in this process.
@Suite(.timeLimit(.minutes(3))) struct MemoryStoreTests {
    @Test func `S13: the whole life of a service without Redis`() async throws {
        try await withMemoryStore { fixture in
            let context = fixture.context
            #expect(fixture.store.space.hasPrefix("default:auto-"))
            #expect(try await context.listServices().isEmpty)

            let added = try await context.addService(["mcpServers": ["tools": fixture.entry()]])
            #expect(added.added == ["tools"])
            let seen = NIOLockedValueBox<[String]>([])
            let ready = try await context.waitService("tools", timeout: .seconds(60)) { service in
                seen.withLockedValue { $0.append(service.status) }
            }
            #expect(ready.isReady && ready.status == "healthy")
            #expect(seen.withLockedValue { $0.last } == "healthy")
            #expect(try await context.addService(["mcpServers": ["tools": fixture.entry()]]).unchanged == ["tools"])

            #expect(try await context.listServices().map(\.name) == ["tools"])
            #expect(try await context.serviceInfo("tools").workers.count == 1)
            let tools = try await context.listTools()
            #expect(tools.contains { $0.name == "echo" && $0.qualifiedName == "tools_echo" })
            #expect(try await context.toolInfo("tools_echo").name == "echo")

            let answer = try await context.useTool("echo", ["text": "你好"])
            #expect(answer.text == "你好")
            #expect(try await context.useTool("mcp_tools_add", ["a": 2, "b": 3]).text.contains("5"))
            #expect(try await context.callTool("fail", ["message": "no"]).isError)
            #expect(await fixture.code { () throws(MCPStoreError) in _ = try await context.callTool("nothing") } == .unknownTool)
            let stats = try await context.toolStats("echo")
            #expect(stats.outcomes == ["ok": 1] && stats.waiting.count == 1 && stats.running.count == 1)
            #expect(try await context.toolStats().map(\.key).sorted() == ["add", "echo", "fail"])

            let status = try await context.status()
            #expect(status.workers.count == 1 && status.coordinator != nil && status.lanes.isEmpty)
            #expect(status.workers.first?.process == Int(getpid()))

            try await context.removeService("tools")
            #expect(try await context.listServices().isEmpty)
            #expect(try await context.listTools().isEmpty)
            #expect(await fixture.code { () throws(MCPStoreError) in _ = try await context.callTool("echo") } == .unknownTool)
            #expect(
                await fixture.code { () throws(MCPStoreError) in try await context.removeService("tools") } == .unknownService
            )
        }
    }

    @Test func `S13: progress reaches the caller, in order and before the answer`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            let steps = NIOLockedValueBox<[Double]>([])
            let answer = try await fixture.context.callTool("progress", ["steps": 5, "delayMs": 120]) { progress in
                steps.withLockedValue { $0.append(progress.progress ?? -1) }
            }
            #expect(answer.text == "did 5 steps")
            let seen = steps.withLockedValue { $0 }
            #expect(!seen.isEmpty && seen == seen.sorted())
        }
    }

    @Test func `S13: a restart and a changed configuration start the server anew`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            let first = try await fixture.process()
            #expect(try await fixture.context.restartService("tools") == 1)
            // Calls meet the old session, none, or the new one.
            let isNew = try await fixture.wait {
                do { return try await fixture.process() != first } catch let error as MCPStoreError {
                    #expect(error.code == .interrupted)
                    return false
                }
            }
            #expect(isNew)
            let changed: JSONValue = .object([
                "command": .string(BuiltProduct.path(of: "toolserver")), "env": ["MEMORY_TEST": "changed"],
            ])
            let replaced = try await fixture.context.addService(["mcpServers": ["tools": changed]], replacing: true)
            #expect(replaced.replaced == ["tools"])
            let isChanged = try await fixture.wait {
                do {
                    return try await fixture.context.useTool("environment", ["name": "MEMORY_TEST"]).text.contains("changed")
                } catch let error as MCPStoreError {
                    #expect(error.code == .interrupted)
                    return false
                }
            }
            #expect(isChanged)
        }
    }

    @Test func `S13: a server that dies is started anew, and what had effects is not run twice`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            let context = fixture.context
            let victim = Task {
                await fixture.code { () throws(MCPStoreError) in
                    _ = try await context.callTool("record_destructive", ["id": "x", "ms": 60_000])
                }
            }
            #expect(try await fixture.waitForRecord("start"))
            let crash = await fixture.code { () throws(MCPStoreError) in _ = try await context.callTool("crash") }
            #expect(crash == .interrupted)
            #expect(await victim.value == .interrupted)
            #expect(try await context.callTool("echo", ["text": "again"]).text == "again")
            #expect(try fixture.recorded("start") == 1)
            #expect(try await context.toolStats("record_destructive").outcomes == ["interrupted": 1])
        }
    }

    @Test func `S13: a call that may be run again survives the death of its server`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            let context = fixture.context
            let process = try await fixture.process()
            let call = Task { try await context.callTool("record_idempotent", ["id": "x", "ms": 3000]) }
            #expect(try await fixture.waitForRecord("start"))
            kill(process, SIGKILL)
            let answer = try await call.value
            #expect(answer.text == "recorded x" && answer.report.attempt == 2)
            #expect(try fixture.recorded("start") == 2)
            #expect(try await context.toolStats("record_idempotent").retries == 1)
        }
    }

    @Test func `S13: a service that cannot start says why, and nobody is sent to look for a coordinator`() async throws {
        try await withMemoryStore { fixture in
            let context = fixture.context
            try await context.addService(["mcpServers": ["broken": ["command": "/nonexistent/server"]]])
            let error = await #expect(throws: MCPStoreError.self) {
                try await context.waitService("broken", timeout: .milliseconds(300))
            }
            #expect(error?.code == .notReady)
            #expect(error?.message.contains("/nonexistent/server") == true)
            #expect(error?.message.contains("coordinator") == false)
            #expect(try await context.serviceInfo("broken").error.isEmpty == false)
        }
    }

    @Test func `S13: stores in memory share nothing`() async throws {
        try await withMemoryStore { first in
            try await withMemoryStore { second in
                try await first.add()
                #expect(first.store.space != second.store.space)
                #expect(try await second.context.listServices().isEmpty)
            }
        }
    }

    @Test func `S13: a configuration without Redis names the space`() async throws {
        let configuration = try MCPStoreConfiguration.load(
            environment: ["MCPSTORE_NAMESPACE": "team", "MCPSTORE_DATASPACE": "notes"]
        )
        let store = try await MCPStore.setup(configuration, logger: nil)
        #expect(store.space == "team:notes")
        await store.close()
        let wrong = MCPStoreConfiguration(namespace: "a b")
        let error = await #expect(throws: MCPStoreError.self) { try await MCPStore.setup(wrong) }
        #expect(error?.code == .invalidName)
    }

    @Test func `S13: mcp-server-time, which nobody here wrote, is called without Redis`() async throws {
        guard let program = try await PythonPeers.program("mcp-server-time", in: .modern) else { return }
        try await withMemoryStore { fixture in
            try await fixture.context.addService(["mcpServers": ["time": ["command": .string(program)]]])
            try await fixture.context.waitService("time", timeout: .seconds(60))
            let answer = try await fixture.context.useTool("get_current_time", ["timezone": "Asia/Shanghai"])
            #expect(answer.text.contains("Asia/Shanghai"))
            #expect(
                try await fixture.context.listTools(service: "time").map(\.name).sorted() == ["convert_time", "get_current_time"]
            )
        }
    }

    @Test func `Who waits for a service of a store that was closed is told so at once`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.context.addService(["mcpServers": ["s": ["command": "/nonexistent"]]])
            await fixture.store.close()
            let error = await #expect(throws: MCPStoreError.self) {
                try await fixture.context.waitService("s", timeout: .seconds(600))
            }
            #expect(error?.code == .closed)
        }
    }
}
