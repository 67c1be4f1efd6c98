import Logging
import MCPStoreCoordinator
import MCPStoreQueue
import MCPStoreRedis
import TestSupport
import Testing

@Suite struct WorkerRecoveryTests {
    @Test func `jobs of a dead worker are moved or end as interrupted, and the stats are exact`() async throws {
        try await withTestPool { pool in
            try await pool.add("s")
            try await pool.openInbox()
            let lanes = [pool.lane("s"), pool.lane("s", .batch)]
            for index in 0..<150 {
                try await pool.submit(pool.job("again-\(index)", "s", tool: "read", again: true))
                try await pool.submit(pool.job("once-\(index)", "s", tool: "write", lane: .batch))
            }
            try await pool.submit(pool.job("late", "s", tool: "read", timeout: 1, again: true))
            try await pool.register("w-dead", lease: 300, lanes: lanes)
            #expect(try await pool.deliver(lanes[0], to: "w-dead", count: 1000) == 151)
            #expect(try await pool.deliver(lanes[1], to: "w-dead", count: 1000) == 150)

            try await withCoordinator(pool) { running in
                try await eventually("the worker is forgotten") { try await !pool.exists(pool.pool.streams("w-dead")) }
                let inbox = try await pool.inbox()
                for index in 0..<150 {
                    #expect(inbox["again-\(index)"]?.map(\.kind) == ["moved"])
                    #expect(inbox["once-\(index)"]?.map(\.kind) == ["interrupted"])
                }
                #expect(inbox["late"]?.map(\.kind) == ["timedOut"])
                let reason = try #require(inbox["once-0"]?.first?.payload)
                #expect(reason.contains("worker w-dead died while it ran the call (delivered at "))
                #expect(reason.contains("may have taken effect and was not run again"))
                #expect(reason.contains("\"phase\":\"running\""))

                let moved = try await pool.entries(lanes[0].key)
                #expect(moved.count == 150)
                #expect(moved.allSatisfy { $0["attempt"] == "2" && $0["deaths"] == "1" && $0["since"] != "" })
                #expect(try await pool.length(lanes[1]) == 0)
                #expect(try await pool.stats("write")?.outcomes == [.interrupted: 150])
                #expect(try await pool.stats("read")?.outcomes == [.timedOut: 1])
                #expect(
                    running.log.lines.contains {
                        $0.level == .info && $0.text.contains("ended=151") && $0.text.contains("moved=150")
                    }
                )
                let consumers = try await pool.client.execute(RedisCommand("XINFO", "CONSUMERS", lanes[0].key, JobGroup.name))
                    .array?.count
                #expect(consumers == 0)
            }
        }
    }

    @Test func `a job that three workers died of lands in the dead letters`() async throws {
        try await withTestPool { pool in
            try await pool.add("s")
            try await pool.openInbox()
            try await pool.submit(pool.job("killer", "s", again: true))
            try await withCoordinator(pool) { _ in
                for death in 1...3 {
                    let worker = "w-\(death)"
                    try await pool.register(worker, lease: 200, lanes: [pool.lane("s")])
                    #expect(try await pool.deliver(pool.lane("s"), to: worker) == 1)
                    try await eventually("\(worker) is recovered") { try await !pool.exists(pool.pool.streams(worker)) }
                }
                let entries = try await pool.inbox()["killer"]
                #expect(entries?.map(\.kind) == ["moved", "moved", "interrupted"])
                #expect(entries?.last?.payload.contains("poison: 3 workers died") == true)
                let dead = try await pool.entries(pool.keys.dead)
                #expect(dead.map { $0["id"] } == ["killer"])
                #expect(dead.first?["reason"]?.contains("poison") == true)
                #expect(try await pool.length(pool.lane("s")) == 0)
                #expect(try await pool.stats()?.outcomes == [.interrupted: 1])
            }
        }
    }

    @Test func `a dead worker's view of a service is taken away`() async throws {
        try await withTestPool { pool in
            try await pool.add("s")
            try await withCoordinator(pool) { _ in
                try await pool.register("w-dead", lease: 600, lanes: [pool.lane("s")])
                try await eventually("it is placed") { try await pool.redisPool.placement()[pool.service("s")] == ["w-dead"] }
                try await pool.registry.publish(
                    ServiceView(status: .healthy, reason: "", pool: pool.pool.description),
                    of: "s",
                    worker: "w-dead"
                )
                try await eventually("the view is gone") { try await pool.registry.state("s")?.status == .disconnected }
                #expect(try await pool.registry.state("s")?.workers == [:])
                try await eventually("it is placed nowhere") { try await pool.redisPool.placement() == [:] }
            }
        }
    }

    @Test func `what a leader left half done is finished by the next`() async throws {
        try await withTestPool { pool in
            try await pool.add("s")
            try await pool.openInbox()
            let lane = pool.lane("s")
            for index in 0..<5 { try await pool.submit(pool.job("j\(index)", "s")) }
            try await pool.register("w-dead", lease: 1, lanes: [lane])
            try await pool.deliver(lane, to: "w-dead")
            // The first leader took the lease away, settled some jobs and died.
            try await eventually("its lease is taken away") { try await pool.redisPool.expireWorkers().dead == ["w-dead"] }
            let recovery = RedisRecovery(client: pool.client, clock: ServerClock(), logger: LogRecorder().logger)
            let pending = try await recovery.pending(of: "w-dead", in: lane)
            let outcome = Outcome(kind: .interrupted, payload: Reason("first").payload)
            _ = try await recovery.settle(pending.prefix(2).map { Settlement($0, .end(outcome)) }, in: pool.space)

            try await withCoordinator(pool) { _ in
                try await eventually("the worker is forgotten") { try await !pool.exists(pool.pool.expired) }
                let inbox = try await pool.inbox()
                #expect(inbox.values.allSatisfy { $0.map(\.kind) == ["interrupted"] })
                #expect(inbox.count == 5)
                #expect(try await pool.stats()?.outcomes == [.interrupted: 5])
            }
        }
    }

    @Test func `nobody is taken for dead while Redis was frozen`() async throws {
        try await withRedisServer { server in
            try await withTestPool(on: server) { pool in
                try await pool.add("s")
                let worker = RedisWorkQueueRunner(pool, lease: .milliseconds(900))
                try await worker.start()
                try await withCoordinator(pool, lease: .seconds(3), workerLease: .milliseconds(900)) { running in
                    let id = worker.queue.workerID
                    try await eventually("it is placed") { try await pool.redisPool.placement()[pool.service("s")] == [id] }
                    server.pause()
                    // Longer than the worker's lease: everybody's lease has run out when Redis goes on.
                    try await eventually("the lease is over") { !worker.queue.hasLease(of: .redis) }
                    server.resume()
                    try await eventually("the lease is renewed") { worker.queue.hasLease(of: .redis) }
                    try await eventually("the coordinator leads") { running.coordinator.isLeading }
                    #expect(worker.queue.workerID == id)
                    #expect(try await pool.redisPool.workers().map(\.id) == [id])
                    #expect(!running.log.contains("a worker died"))
                }
                await worker.stop()
            }
        }
    }

    @Test func `after a restart of Redis living workers keep their leases`() async throws {
        var options = RedisServer.Options()
        options.appendOnly = true
        try await withRedisServer(options) { server in
            try await withTestPool(on: server, socketTimeout: .milliseconds(200)) { pool in
                let worker = RedisWorkQueueRunner(pool, lease: .milliseconds(1500))
                try await worker.start()
                let id = worker.queue.workerID
                try await withCoordinator(pool, lease: .seconds(3), workerLease: .milliseconds(1500)) { running in
                    await server.kill()
                    try await eventually("the lease is over") { !worker.queue.hasLease(of: .redis) }
                    try await server.restart()
                    try await eventually("the lease is renewed") { worker.queue.hasLease(of: .redis) }
                    try await eventually("the coordinator leads") { running.coordinator.isLeading }
                    #expect(worker.queue.workerID == id)
                    #expect(!running.log.contains("a worker died"))
                }
                await worker.stop()
            }
        }
    }

    @Test func `a leader that takes office waits a whole lease before it takes anybody for dead`() async throws {
        try await withTestPool { pool in
            try await pool.add("s")
            try await pool.register("w-late", lease: 1, lanes: [pool.lane("s")])
            try await withCoordinator(pool, workerLease: .seconds(30)) { _ in
                // Its duties are at work, and the lease ran out before they began.
                try await eventually("it is placed") { try await pool.redisPool.placement()[pool.service("s")] == ["w-late"] }
                try await pool.add("t")
                try await eventually("the next one, too") {
                    try await pool.redisPool.placement()[pool.service("t")] == ["w-late"]
                }
                let reply = try await pool.client.evaluate(
                    Scripts.workerRenew,
                    keys: [pool.pool.leases, pool.pool.worker("w-late")],
                    arguments: ["w-late", 60_000]
                )
                #expect(reply.array?.first?.integer == 1)
            }
        }
    }

    @Test func `keys that one tenant broke do not keep the jobs of others from being recovered`() async throws {
        try await withTestPool { pool in
            var broken = pool
            broken.space = try Space(namespace: pool.space.namespace, dataspace: "broken")
            // Everything that the coordinator reads of a space, as something else.
            try await broken.redisPool.announce(broken.space)
            let names = [
                broken.keys.services, broken.keys.removed, broken.keys.delayed, broken.lane("s").key, broken.keys.config("s"),
            ]
            for name in names { _ = try await pool.client.execute(RedisCommand("LPUSH", name, "x")) }
            try await broken.redisPool.post(.serviceChanged(broken.service("s")))
            try await broken.redisPool.post(.delayed(broken.space, due: 1))

            try await pool.add("s")
            try await pool.openInbox()
            try await pool.submit(pool.job("j", "s"))
            try await pool.register("w-dead", lease: 1, lanes: [broken.lane("s"), pool.lane("s")])
            try await pool.deliver(pool.lane("s"), to: "w-dead")
            try await withCoordinator(pool) { running in
                try await eventually("the job is recovered") { try await pool.inbox()["j"]?.map(\.kind) == ["interrupted"] }
                try await eventually("the worker is forgotten") { try await !pool.exists(pool.pool.streams("w-dead")) }
                try await pool.register("w-new")
                try await eventually("it is placed") { try await pool.redisPool.placement() == [pool.service("s"): ["w-new"]] }
                try await pool.remove("s")
                try await eventually("it is buried") { try await !pool.exists(pool.keys.removed) }
                // Each trouble is said once, and names its place.
                let warnings = running.log.lines.filter { $0.level == .warning }
                #expect(!warnings.isEmpty)
                #expect(warnings.allSatisfy { $0.text.contains(broken.space.description) }, "\(warnings)")
                #expect(Set(warnings.map(\.text)).count == warnings.count)
            }
        }
    }

    @Test func `a question that Redis answers too late takes no lease away`() async throws {
        try await withTestPool { pool in
            try await pool.register("w-a", lease: 1)
            try await eventually("its lease runs out") {
                let time = try await pool.client.execute(RedisCommand("TIME")).array?.compactMap(\.integer) ?? [0, 0]
                let expiry = try await pool.client.execute(RedisCommand("ZSCORE", pool.pool.leases, "w-a")).string.flatMap(
                    Double.init
                )
                return Double(time[0] * 1000) > expiry ?? .infinity
            }
            #expect(try await pool.redisPool.expireWorkers(notAfter: 1) == nil)
            #expect(try await pool.redisPool.workers().map(\.id) == ["w-a"])
            #expect(try await pool.redisPool.expireWorkers(notAfter: 1 << 50)?.dead == ["w-a"])
            #expect(try await pool.redisPool.workers() == [])
        }
    }
}
