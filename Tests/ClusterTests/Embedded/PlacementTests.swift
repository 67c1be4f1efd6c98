import MCPStore
import MCPStoreRedis
import TestSupport
import Testing

@Suite struct `Embedded stores beside a cluster` {
    @Test func `S8: the last client that closes an automatic dataspace takes it from the cluster, too`() async throws {
        try await withFaultyCluster(workers: 1) { cluster in
            let first = try await StoreProcess.start(cluster.redis, dataspace: "auto", arguments: ["--client"])
            let name = String(first.space.split(separator: ":")[1])
            let second = try await StoreProcess.start(cluster.redis, dataspace: name, arguments: ["--client"])
            try await first.addTools("tools")
            #expect(try await cluster.redis.ask("SISMEMBER", "\(cluster.pool):spaces", first.space).integer == 1)
            #expect(try await first.close() == .exited(0))
            #expect(try await second.echo("tools") == "hi")
            #expect(try await second.close() == .exited(0))
            try await eventually("nothing of the space is left") { try await cluster.redis.keys("shop:*") == [] }
            #expect(try await cluster.redis.ask("SISMEMBER", "\(cluster.pool):spaces", first.space).integer == 0)
            try await eventually("the service is placed nowhere") {
                try await cluster.redis.ask("HLEN", "\(cluster.pool):placement").integer == 0
            }
            let worker = cluster.workers[0].processIdentifier
            try await eventually("its server has ended") { try ProcessTable.descendants(of: worker).isEmpty }
            #expect(try await cluster.redis.keys("shop:*") == [])
        }
    }

    @Test func `S1: the cluster's services are called like one's own, and a service moves there and back`() async throws {
        try await withFaultyCluster(workers: 1) { cluster in
            try await cluster.add("theirs")
            let store = try await StoreProcess.start(
                cluster.redis,
                namespace: cluster.namespace,
                dataspace: cluster.dataspace
            )
            #expect(try await store.echo("theirs") == "hi")
            let worker = JSONValue.array([.string(try await cluster.workers[0].worker())])

            let own = try await store.addTools("mine")["workers"]
            #expect(own != nil && own != worker)
            let called = try await cluster.command("call", "mine_echo", #"{"text":"from a client"}"#)
            #expect(called.output == "from a client\n", "\(called)")

            // Moved by a replacement, there and back.
            try await store.addTools("mine", placement: "cluster")
            try await eventually("the service on the cluster's worker") {
                try await store.run("wait", ["name": "mine"])["workers"] == worker
            }
            #expect(try await store.echo("mine") == "hi")
            try await store.addTools("mine", placement: "embedded")
            try await eventually("the service on the store's worker") {
                try await store.run("wait", ["name": "mine"])["workers"] == own
            }
            #expect(try await store.echo("mine") == "hi")

            // Restart and status reach workers of both pools.
            for name in ["mine", "theirs"] { try await cluster.succeed(["service", "restart", name]) }
            try await cluster.waitService("mine")
            let status = try await cluster.succeed(["status", "--json"]).json()
            #expect(status.objectValue?["workers"]?.arrayValue?.count == 2)
            #expect(try await store.close() == .exited(0))
            #expect(try await cluster.redis.keys("\(cluster.space):pool:*") == [])
        }
    }
}
