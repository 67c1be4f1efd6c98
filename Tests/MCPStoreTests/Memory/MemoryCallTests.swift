import Foundation
import Glibc
import MCPStore
import TestSupport
import Testing

/// S13: calls that end in other ways than by an answer, and many at once.
@Suite(.timeLimit(.minutes(3))) struct MemoryCallTests {
    @Test func `S13: cancelling a call cancels it on its server`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            let context = fixture.context
            let call = Task {
                await fixture.code { () throws(MCPStoreError) in
                    _ = try await context.callTool("record_destructive", ["id": "x", "ms": 60_000])
                }
            }
            #expect(try await fixture.waitForRecord("start"))
            call.cancel()
            #expect(await call.value == .cancelled)
            #expect(try await fixture.waitForRecord("cancelled"))
            #expect(try await context.toolStats("record_destructive").outcomes == ["cancelled": 1])
            // Its slot is free, its session goes on.
            #expect(try await context.callTool("echo", ["text": "x"]).text == "x")
        }
    }

    @Test func `S13: a call that runs too long ends at its deadline and is cancelled on its server`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            let error = await #expect(throws: MCPStoreError.self) {
                try await fixture.context.callTool("record_destructive", ["id": "x", "ms": 60_000], timeout: .milliseconds(400))
            }
            #expect(error?.code == .timedOut)
            #expect(error?.call?.worker != nil)
            #expect(try await fixture.waitForRecord("cancelled"))
            #expect(try await fixture.context.toolStats("record_destructive").outcomes == ["timedOut": 1])
        }
    }

    @Test func `S13: a call that waits too long ends at its deadline without being started`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add(concurrency: 1)
            let context = fixture.context
            let first = Task { try await context.callTool("record_destructive", ["id": "first", "ms": 700]) }
            #expect(try await fixture.waitForRecord("start"))
            let error = await #expect(throws: MCPStoreError.self) {
                try await context.callTool("record_destructive", ["id": "second", "ms": 1], timeout: .milliseconds(100))
            }
            #expect(error?.code == .timedOut && error?.call?.worker == nil)
            #expect(try await first.value.text == "recorded first")
            #expect(try fixture.recorded("start") == 1)
            #expect(try await context.toolStats("record_destructive").outcomes == ["ok": 1, "timedOut": 1])
        }
    }

    @Test func `S13: a call to a service without a session ends as unavailable and says why`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            let context = fixture.context
            let broken: JSONValue = ["mcpServers": ["tools": ["command": "/nonexistent/server"]]]
            try await context.addService(broken, replacing: true)
            var message = ""
            // Until the old session is gone it answers.
            while !message.contains("/nonexistent/server") {
                do {
                    _ = try await context.callTool("echo", ["text": "x"], timeout: .milliseconds(100))
                } catch let error as MCPStoreError {
                    #expect([.unavailable, .interrupted].contains(error.code))
                    message = error.message
                }
            }
        }
    }

    @Test func `S13: removing a service under load ends what waits, and lets what runs finish`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add(concurrency: 2)
            let context = fixture.context
            let calls = (0..<20).map { number in
                Task {
                    await fixture.code { () throws(MCPStoreError) in
                        _ = try await context.callTool("record_destructive", ["id": .string("\(number)"), "ms": 1000])
                    }
                }
            }
            #expect(try await fixture.waitForRecord("start", count: 2))
            while try await context.status().lanes.first.map({ $0.queued + $0.running }) != 20 {}
            try await context.removeService("tools")
            var codes: [MCPStoreError.Code?: Int] = [:]
            for call in calls { codes[await call.value, default: 0] += 1 }
            #expect(codes == [nil: 2, .unavailable: 18])
            #expect(try fixture.recorded("end") == 2)
            let late = await fixture.code { () throws(MCPStoreError) in _ = try await context.callTool("echo", ["text": "x"]) }
            #expect(late == .unknownTool)
        }
    }

    @Test func `S13: a thousand concurrent calls get their own answers, and stats equal the outcomes`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add()
            let context = fixture.context
            let wrong = await withTaskGroup(of: Int.self) { group in
                for number in 0..<1000 {
                    group.addTask {
                        let lane: CallLane = number.isMultiple(of: 5) ? .batch : .interactive
                        do {
                            let answer = try await context.callTool("echo", ["text": .string("n\(number)")], lane: lane)
                            return answer.text == "n\(number)" ? 0 : 1
                        } catch {
                            return 1
                        }
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(wrong == 0)
            let stats = try await context.toolStats("echo")
            #expect(stats.calls == 1000 && stats.outcomes == ["ok": 1000] && stats.retries == 0)
            #expect(stats.waiting.count == 1000 && stats.running.count == 1000)
            #expect(try await context.status().lanes.isEmpty)
        }
    }

    @Test func `S13: closing a store ends waiting calls and leaves no process`() async throws {
        try await withMemoryStore { fixture in
            try await fixture.add("tools", ["--ignore-term"])
            let context = fixture.context
            let process = try await fixture.process()
            let call = Task {
                await fixture.code { () throws(MCPStoreError) in
                    _ = try await context.callTool("record_destructive", ["id": "x", "ms": 600_000], timeout: .seconds(600))
                }
            }
            #expect(try await fixture.waitForRecord("start"))
            let start = ContinuousClock.now
            await fixture.store.close()
            #expect(await call.value == .closed)
            #expect(kill(process, 0) == -1 && errno == ESRCH)
            // Not the 25 s that a drain would give.
            #expect(ContinuousClock.now - start < .seconds(20))
            #expect(await fixture.code { () throws(MCPStoreError) in _ = try await context.callTool("echo") } == .closed)
            let late = await fixture.code { () throws(MCPStoreError) in
                try await context.addService(["mcpServers": ["late": fixture.entry()]])
            }
            #expect(late == .closed)
        }
    }
}
