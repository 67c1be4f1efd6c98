import Glibc
import MCPStoreRedis
import TestSupport
import Testing

@Suite struct `What a dead worker leaves behind` {
    @Test func `SIGKILL of a worker leaves no MCP server and no grandchild, even of servers that ignore SIGTERM`() async throws {
        try await withFaultyCluster(workers: 1) { cluster in
            let server = BuiltProduct.path(of: "toolserver")
            try await cluster.add("stubborn", [server, "--spawn-grandchild", "--ignore-term"])
            try await cluster.add("plain", [server])
            let worker = cluster.workers[0]
            let below = try await eventually("two servers, their guardians, a grandchild", within: .seconds(10)) {
                let below = try ProcessTable.descendants(of: worker.processIdentifier)
                return below.count >= 5 && below.map(ProcessTable.command).contains("sleep 600") ? below : nil
            }
            worker.signal(SIGKILL)
            let killed = ContinuousClock.now
            try await ProcessTable.waitUntilGone(below, within: .seconds(5))
            print("MEASURED worker killed: all below it gone after \(ContinuousClock.now - killed)")
        }
    }

    @Test func `SIGTERM of a worker leaves none either, and nothing of it in Redis`() async throws {
        try await withFaultyCluster(workers: 1) { cluster in
            try await cluster.add(
                "stubborn",
                [BuiltProduct.path(of: "toolserver"), "--spawn-grandchild", "--ignore-term"]
            )
            let worker = cluster.workers[0]
            let id = try await worker.worker()
            let below = try ProcessTable.descendants(of: worker.processIdentifier)
            #expect(below.count >= 3)
            worker.signal(SIGTERM)
            #expect(try await worker.process.exit(within: .seconds(20)) == .exited(0))
            try await ProcessTable.waitUntilGone(below, within: .seconds(5))
            try await cluster.waitUntilForgotten(id)
        }
    }

    @Test func `A worker whose log has lost its reader goes on`() async throws {
        try await withFaultyCluster(workers: 0) { cluster in
            // The shell's `:` ends at once, and with it the reader of the pipe.
            let command = #"setpriv --pdeathsig KILL -- "$1" worker --policy any --lease 3s 2>&1 | :"#
            let shell = try ChildProcess.start(
                ["/bin/sh", "-c", command, "sh", BuiltProduct.path(of: "mcpstore")],
                environment: cluster.environment
            )
            try await cluster.add("tools")
            let call = try await cluster.command("call", "echo", #"{"text":"still here"}"#)
            #expect(call.status == 0 && call.output == "still here\n", "\(call)")
            let below = try ProcessTable.descendants(of: shell.processIdentifier)
            let worker = try #require(below.first { ProcessTable.command(of: $0).contains("mcpstore worker") })
            kill(worker, SIGTERM)
            // It drains, which is worth some more lines.
            #expect(try await shell.exit(within: .seconds(20)) == .exited(0))
            try await ProcessTable.waitUntilGone(below)
            let left = try await cluster.withRedis {
                try await $0.execute(RedisCommand("ZCARD", "\(cluster.pool):leases")).integer
            }
            #expect(left == 0)
        }
    }
}
