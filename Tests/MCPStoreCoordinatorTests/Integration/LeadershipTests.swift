import MCPStoreCoordinator
import MCPStoreQueue
import MCPStoreRedis
import NIOPosix
import ServiceLifecycle
import TestSupport
import Testing

@Suite struct LeadershipTests {
    @Test func `of two coordinators one leads, and when it is cancelled the other leads at once`() async throws {
        try await withTestPool { pool in
            // A lease that nobody waits for in this test: only the resignation can hand over.
            let first = RunningCoordinator(pool, lease: .seconds(300))
            try await eventually("the first leads") { first.coordinator.isLeading && first.coordinator.isReady }
            let second = RunningCoordinator(pool, lease: .seconds(300))
            try await eventually("the second stands by") {
                second.coordinator.isReady && second.log.contains("leader=\(first.coordinator.id)")
            }
            #expect(!second.coordinator.isLeading)
            #expect(try await pool.redisPool.leader() == first.coordinator.id)

            try await first.stop()
            #expect(!first.coordinator.isLeading)
            try await eventually("the second leads") { second.coordinator.isLeading }
            #expect(try await pool.redisPool.leader() == second.coordinator.id)
            try await second.stop()
            #expect(try await pool.redisPool.leader() == nil)
        }
    }

    @Test func `when a leader is gone without a word, another leads after its lease`() async throws {
        try await withTestPool { pool in
            let (gone, _, _) = try await pool.redisPool.lead(as: "c-gone", lease: .milliseconds(1500))
            #expect(gone.isMine)
            let began = ServerClock.boot()
            try await withCoordinator(pool) { running in
                #expect(ServerClock.boot() - began >= 1_000_000)
                let (now, _, _) = try await pool.redisPool.lead(as: "c-gone", lease: .seconds(9))
                #expect(now.leader == running.coordinator.id)
                #expect(now.token > gone.token)
            }
        }
    }

    @Test func `a leader that is cut off from Redis stops to lead by its own clock`() async throws {
        var options = RedisServer.Options()
        options.users = ["cut on >secret ~* +@all"]
        try await withRedisServer(options) { server in
            try await withTestPool(on: server) { pool in
                let url = "redis://cut:secret@127.0.0.1:\(server.port)"
                let first = RunningCoordinator(pool, configuration: try RedisConfiguration(url: url))
                try await eventually("the first leads") { first.coordinator.isLeading }
                let second = RunningCoordinator(pool)
                try await eventually("the second stands by") { second.coordinator.isReady }

                _ = try await pool.client.execute(RedisCommand("ACL", "SETUSER", "cut", "off"))
                _ = try await pool.client.execute(RedisCommand("CLIENT", "KILL", "USER", "cut"))
                try await eventually("the second leads") { second.coordinator.isLeading }
                #expect(!first.coordinator.isLeading)
                #expect(!first.coordinator.isReady)
                try await eventually("the first has left office") { first.log.contains("leads no more") }
                try await second.stop()
                try await first.stop()
            }
        }
    }

    @Test func `a graceful shutdown of its service group resigns`() async throws {
        try await withTestPool { pool in
            let log = LogRecorder()
            let coordinator = Coordinator(
                configuration: pool.configuration,
                options: CoordinatorOptions(pool: pool.pool, lease: .seconds(60)),
                eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
                logger: log.logger
            )
            let group = ServiceGroup(services: [coordinator], logger: log.logger)
            let running = Task {
                // The service returns, which a group takes for unexpected only outside of a shutdown.
                try await group.run()
            }
            try await eventually("it leads") { coordinator.isLeading }
            await group.triggerGracefulShutdown()
            try await running.value
            #expect(!coordinator.isLeading)
            #expect(try await pool.redisPool.leader() == nil)
        }
    }
}
