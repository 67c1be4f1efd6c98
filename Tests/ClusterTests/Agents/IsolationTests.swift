import Foundation
import Glibc
import MCPStore
import TestSupport
import Testing

/// Who shares a server process with whom, on real workers.
struct IsolationTests {
    private static func server(_ arguments: [String] = []) -> JSONValue {
        ["command": .string(BuiltProduct.path(of: "toolserver")), "args": .array(arguments.map { .string($0) })]
    }

    private static func entry(_ isolation: String, _ arguments: [String] = []) -> JSONValue {
        var members = server(arguments).objectValue ?? [:]
        members["isolation"] = .string(isolation)
        return ["mcpServers": .object(["tools": .object(members)])]
    }

    private static func pid(_ context: StoreContext) async throws -> pid_t {
        try #require(pid_t(try await context.useTool("tools_pid").text))
    }

    @Test func `Agents share one server process, or have each their own`() async throws {
        try await withCluster(.init(workers: 1)) { cluster in
            let store = try await cluster.openStore()
            let (alice, bob) = (try store.forAgent("alice"), try store.forAgent("bob"))
            for agent in [alice, bob] {
                try await agent.addService(Self.entry("shared"))
                try await agent.waitService("tools")
            }
            #expect(try await Self.pid(alice) == Self.pid(bob))

            // Of one's own from now on; the other's server goes on.
            let before = try await Self.pid(bob)
            try await alice.patchService("tools", ["isolation": "perAgent"])
            try await alice.waitService("tools")
            let own = try await Self.pid(alice)
            #expect(own != before)
            #expect(try await Self.pid(bob) == before)
            try await bob.patchService("tools", ["isolation": "perAgent"])
            try await bob.waitService("tools")
            #expect(try await Self.pid(bob) != own)
            #expect(try await Self.pid(alice) == own)
            // Nobody has the shared one any more.
            try await eventually("the shared server is gone") { kill(before, 0) != 0 }
            // The command line sees the same.
            let result = try await cluster.succeed(["call", "pid", "--agent", "alice"])
            #expect(result.output == "\(own)\n")
            #expect(try await cluster.succeed(["agent", "list"]).output == "alice\nbob\n")
            let refused = try await cluster.command("call", "pid")
            #expect(refused.status == 2)
            #expect(!refused.error.contains("alice"))
        }
    }

    @Test func `With perCall each call has a process of its own, which is gone after the answer`() async throws {
        try await withCluster(.init(workers: 1)) { cluster in
            let store = try await cluster.openStore()
            let context = store.forStore()
            try await context.addService(Self.entry("perCall"))
            try await context.waitService("tools")
            let pids = try await withThrowingTaskGroup(of: pid_t.self) { group in
                for _ in 0..<8 { group.addTask { try await Self.pid(context) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(pids).count == 8)
            for pid in pids { try await eventually("process \(pid) is gone") { kill(pid, 0) != 0 } }
            // Requests of other methods too.
            let read = try await context.readResource("process:///pid").text
            #expect(pid_t(read).map(pids.contains) == false)
            try await eventually("its process is gone") { kill(pid_t(read) ?? 0, 0) != 0 }

            // What is only used otherwise needs no restart; the next call shares the warm session.
            let since = try await Self.since(cluster)
            try await context.patchService("tools", ["isolation": "shared"])
            try await eventually("calls share a session") { try await Self.pid(context) == Self.pid(context) }
            #expect(try await Self.since(cluster) == since)
        }
    }

    /// Since when the service has its status: another time where it was started anew.
    private static func since(_ cluster: ClusterFixture) async throws -> String? {
        try await cluster.hash("\(cluster.space):services:tools:state")["since"]
    }

    @Test func `With perCall a crash ends its own call only, and a server that cannot start is said`() async throws {
        try await withCluster(.init(workers: 1)) { cluster in
            let store = try await cluster.openStore()
            let context = store.forStore()
            let directory = try TemporaryDirectory("percall")
            defer { directory.remove() }
            let program = directory.path + "/server"
            let real = BuiltProduct.path(of: "toolserver")
            try FileManager.default.createSymbolicLink(atPath: program, withDestinationPath: real)
            try await context.addService(["name": "tools", "command": .string(program), "isolation": "perCall"])
            try await context.waitService("tools")
            async let slow = context.useTool("sleep", ["ms": 1000])
            let crash = await Self.error { _ = try await context.useTool("crash") }
            #expect(crash?.code == .interrupted)
            #expect(try await slow.text == "slept 1000 ms")

            // The program is gone, the warm session still there.
            try FileManager.default.removeItem(atPath: program)
            let failed = await Self.error { _ = try await context.useTool("pid", timeout: .seconds(20)) }
            #expect(failed?.code == .unavailable)
            #expect(
                failed?.message.contains("no session of the call's own could be opened") == true,
                "\(String(describing: failed))"
            )
            try FileManager.default.createSymbolicLink(atPath: program, withDestinationPath: real)
            #expect(try await context.useTool("echo", ["text": "x"]).text == "x")
            // Each call was counted once.
            #expect(try await cluster.outcomes("pid") == ["unavailable": 1])
            #expect(try await cluster.outcomes("crash") == ["interrupted": 1])
        }
    }

    @Test func `With perCall there are never more processes than calls are allowed, and a slow start ends at the deadline`()
        async throws
    {
        try await withCluster(.init(workers: 1)) { cluster in
            let store = try await cluster.openStore()
            let context = store.forStore()
            let directory = try TemporaryDirectory("bound")
            defer { directory.remove() }
            let log = ExecutionLog(path: directory.path + "/record")
            var members = Self.server(["--record", log.path]).objectValue ?? [:]
            members["isolation"] = "perCall"
            members["concurrency"] = 2
            try await context.addService(["mcpServers": .object(["tools": .object(members)])])
            try await context.waitService("tools")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let arguments: JSONValue = ["id": .string("\(number)"), "ms": 100]
                        _ = try await context.useTool("record_readonly", arguments)
                    }
                }
                try await group.waitForAll()
            }
            var (open, most) = (0, 0)
            for line in try log.lines() {
                open += line.event == "start" ? 1 : -1
                most = max(most, open)
            }
            #expect(open == 0)
            #expect((1...2).contains(most))
            #expect(Set(try log.lines().map(\.process)).count == 8)

            let since = try await Self.since(cluster)
            try await context.patchService("tools", ["args": ["--start-delay-ms", "3000"]])
            try await eventually("it is being started anew") { try await Self.since(cluster) != since }
            try await context.waitService("tools")
            let late = await Self.error { _ = try await context.useTool("pid", timeout: .seconds(1)) }
            #expect(late?.code == .timedOut, "\(String(describing: late))")
            #expect(pid_t(try await context.useTool("pid", timeout: .seconds(30)).text) != nil)
        }
    }

    @Test(arguments: ["shared", "perCall"])
    func `Cancelling the task cancels the call, and the server is told`(isolation: String) async throws {
        try await withCluster(.init(workers: 1)) { cluster in
            let store = try await cluster.openStore()
            let context = store.forStore()
            let directory = try TemporaryDirectory("cancel")
            defer { directory.remove() }
            let log = ExecutionLog(path: directory.path + "/record")
            try await context.addService(Self.entry(isolation, ["--record", log.path]))
            try await context.waitService("tools")
            let call = Task { try await context.useTool("record_destructive", ["id": "x", "ms": 600_000]) }
            try await eventually("the call has started") { try log.lines().contains { $0.event == "start" } }
            call.cancel()
            let error = await Self.error { _ = try await call.value }
            #expect(error?.code == .cancelled)
            #expect(error?.call?.outcome == "cancelled")
            try await eventually("the server was told") { try log.lines().map(\.event) == ["start", "cancelled"] }
            #expect(try await cluster.outcomes("record_destructive") == ["cancelled": 1])
        }
    }

    private static func error(_ body: () async throws -> Void) async -> MCPStoreError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? MCPStoreError
        }
    }
}
