import Foundation
import MCPStore
import MCPStoreQueue
import MCPStoreRedis
import TestSupport
import Testing

@testable import Command

/// Each check of `mcpstore doctor` on a Redis that has the defect.
struct DoctorTests {
    private func examine(_ fixture: StoreFixture, scan: Int = 200_000) async -> [Finding] {
        await Doctor(client: fixture.client, space: fixture.space, pool: fixture.pool, scanLimit: scan).examine()
    }

    private func examine(_ configuration: RedisConfiguration, scan: Int = 200_000) async throws -> [Finding] {
        let (space, pool) = (try Space(namespace: "tenant", dataspace: "d"), try Pool(cluster: "default"))
        return try await withRedisClient(configuration) { client in
            await Doctor(client: client, space: space, pool: pool, scanLimit: scan).examine()
        }
    }

    private func examine(_ options: RedisServer.Options, scan: Int = 200_000) async throws -> [Finding] {
        try await withRedisServer(options) { try await examine(try $0.configuration(socketTimeout: .seconds(10)), scan: scan) }
    }

    private func options(_ arguments: String...) -> RedisServer.Options {
        var options = RedisServer.Options()
        options.arguments = arguments
        return options
    }

    private func expect(
        _ findings: [Finding],
        _ level: Finding.Level,
        _ check: String,
        _ part: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = findings.contains { $0.check == check && $0.level == level && $0.line.contains(part) }
        #expect(found, "no '\(level.rawValue) \(check) \(part)' in \(findings.map(\.line))", sourceLocation: sourceLocation)
    }

    @discardableResult
    private func execute(_ fixture: StoreFixture, _ name: StaticString, _ arguments: String...) async throws -> RESPReply {
        var command = RedisCommand(name)
        for argument in arguments { command.append(argument) }
        return try await fixture.client.execute(command)
    }

    // MARK: Redis

    @Test func `A Redis that is away, or wants another password, fails the one check that can be made`() async throws {
        let away = try await CommandRun.run(["doctor", "--redis", "redis://127.0.0.1:1"])
        #expect(away.status == .exited(1))
        #expect(away.out.hasPrefix("FAIL  redis ") && away.out.contains(" → start Redis"), "\(away.out)")
        #expect(away.err == "mcpstore: one check failed\n")
        var options = RedisServer.Options()
        options.password = "right-secret"
        try await withRedisServer(options) { server in
            let url = "redis://:wrong-secret@127.0.0.1:\(server.port)"
            let wrong = try await CommandRun.run(["doctor", "--redis", url, "--json"])
            #expect(wrong.status == .exited(1))
            let json = try JSONValue(parsing: Array(wrong.out.utf8))
            #expect(json["ok"] == false && json["checks"]?.arrayValue?.count == 1)
            #expect(json["checks"]?.arrayValue?.first?["level"] == "FAIL")
            #expect(!(wrong.out + wrong.err).contains("secret"))
        }
    }

    @Test func `An eviction policy that deletes jobs fails, and warns where nothing is evicted yet`() async throws {
        expect(
            try await examine(options("--maxmemory", "512mb", "--maxmemory-policy", "allkeys-lru")),
            .fail,
            "eviction",
            "allkeys-lru"
        )
        expect(try await examine(options("--maxmemory-policy", "volatile-ttl")), .warn, "eviction", "volatile-ttl")
        expect(try await examine(options()), .ok, "eviction", "noeviction")
    }

    @Test func `Memory that is nearly used up fails`() async throws {
        expect(try await examine(options("--maxmemory", "1000000")), .fail, "memory", "submissions will be refused")
    }

    @Test func `Persistence that is off or lazy warns, and synced always is fine`() async throws {
        expect(try await examine(options()), .warn, "persistence", "no append-only file")
        var kept = RedisServer.Options()
        kept.appendOnly = true
        expect(try await examine(kept), .ok, "persistence", "synced always")
        kept.arguments = ["--appendfsync", "no"]
        expect(try await examine(kept), .warn, "persistence", "appendfsync no")
    }

    @Test func `Keys of another program fail, whoever may read them`() async throws {
        try await withRedisServer { server in
            let configuration = try server.configuration(socketTimeout: .seconds(10))
            try await withRedisClient(configuration) { client in
                for key in ["tenant:d:services", "mcpstore:default:leases"] {
                    _ = try await client.execute(RedisCommand("RPUSH", key, "x"))
                }
            }
            let findings = try await examine(configuration)
            for check in ["services", "workers"] { expect(findings, .fail, check, "a key is of the wrong type") }
        }
    }

    @Test func `A replica fails`() async throws {
        try await withRedisServer { primary in
            expect(try await examine(options("--replicaof", "127.0.0.1", "\(primary.port)")), .fail, "role", "takes no writes")
        }
    }

    @Test func `A version that is too old, a slow network and a wrong clock are seen`() {
        let old = ServerChecks(info: ServerInfo("redis_version:6.2.6\r\nrole:master\r\n"), endpoint: "x").findings()
        expect(old, .fail, "version", "too old")
        let cluster = ServerInfo("redis_version:7.2.1\r\nredis_mode:cluster\r\nrole:master\r\n")
        expect(ServerChecks(info: cluster, endpoint: "x").findings(), .fail, "version", "cluster mode")
        expect([LatencyChecks.latency(p50: 300, p99: 900, timeout: 2_000_000)], .ok, "latency", "300 µs")
        expect([LatencyChecks.latency(p50: 9000, p99: 30_000, timeout: 2_000_000)], .warn, "latency", "30.0 ms")
        expect([LatencyChecks.latency(p50: 9000, p99: 1_100_000, timeout: 2_000_000)], .fail, "latency", "socket timeout")
        expect([LatencyChecks.clock(offset: 5)], .ok, "clock", "5 ms")
        expect([LatencyChecks.clock(offset: -90_000)], .warn, "clock", "90 s ahead of Redis'")
    }

    @Test func `A user that may only read, or may run no scripts, fails, and one of a space is warned`() async throws {
        var options = RedisServer.Options()
        options.users = [
            "reader on >pw ~* +@read +@connection +info +time +eval +evalsha",
            "noscript on >pw ~* +@all -@scripting",
            "embedded on >pw ~tenant:* &tenant:* +@all",
            "tenant on >pw ~tenant:* +@all (+sadd %W~mcpstore:default:spaces) "
                + "(+xadd %W~mcpstore:default:events %W~mcpstore:default:ring:*)",
        ]
        try await withRedisServer(options) { server in
            func findings(_ user: String) async throws -> [Finding] {
                try await examine(
                    RedisConfiguration(url: "redis://\(user):pw@127.0.0.1:\(server.port)", socketTimeout: .seconds(10))
                )
            }
            expect(try await findings("reader"), .fail, "acl", "'reader' may not do what a store does: set ")
            expect(try await findings("noscript"), .fail, "acl", "may not run scripts")
            expect(try await findings("embedded"), .warn, "acl", "in embedded stores, but not add services for the workers")
            expect(try await findings("tenant"), .warn, "acl", "not run workers and coordinators")
            expect(try await examine(try server.configuration(socketTimeout: .seconds(10))), .ok, "acl", "'default' may do all")
        }
    }

    @Test func `TLS shows the certificate's end, and warns without verification and without TLS`() async throws {
        var options = RedisServer.Options()
        options.tls = true
        try await withRedisServer(options) { server in
            let authority = try #require(server.certificates).authority
            let url = "rediss://127.0.0.1:\(server.tlsPort)"
            let verified = try await examine(
                RedisConfiguration(url: url, socketTimeout: .seconds(10), tls: TLSOptions(caFile: authority))
            )
            #expect(
                verified.contains {
                    $0.check == "certificate" && $0.message.contains("valid for") || $0.message.contains("expires")
                }
            )
            let skipped = try await examine(
                RedisConfiguration(url: url, socketTimeout: .seconds(10), tls: TLSOptions(skipsVerification: true))
            )
            expect(skipped, .warn, "tls", "not verified")
            expect(try await examine(RedisConfiguration(url: url, socketTimeout: .seconds(10))), .fail, "redis", "not trusted")
        }
        let plain = await TransportCheck(configuration: try RedisConfiguration(url: "redis://redis.example:6379")).findings()
        expect(plain, .warn, "tls", "not encrypted")
        expect([TransportCheck.expiry(in: 3 * 86_400)], .warn, "certificate", "3 days")
        expect([TransportCheck.expiry(in: -5)], .fail, "certificate", "expired")
    }

    // MARK: The cluster

    @Test func `No leader and no worker fail where there are services, and warn where there are none`() async throws {
        try await withStore { fixture in
            expect(await examine(fixture), .warn, "leader", "no coordinator leads")
            expect(await examine(fixture), .warn, "workers", "no worker runs")
            try await fixture.add("s", tools: [])
            expect(await examine(fixture), .fail, "leader", "start one with mcpstore coordinator")
            expect(await examine(fixture), .fail, "workers", "1 services cannot be called")
        }
    }

    @Test func `Leases that ran out, dead workers and mixed versions are seen`() async throws {
        try await withStore { fixture in
            let pool = fixture.pool
            for (id, version) in [("w-1", "0.0.1"), ("w-2", QueueVersion.current)] {
                try await execute(fixture, "ZADD", pool.leases, "99999999999999", id)
                try await execute(fixture, "HSET", pool.worker(id), "host", "h", "version", version, "slots", "2", "running", "2")
            }
            try await execute(fixture, "SADD", pool.expired, "w-9")
            let findings = await examine(fixture)
            expect(findings, .warn, "leases", "w-9")
            expect(findings, .warn, "versions", "0.0.1")
            expect(findings, .warn, "workers", "all are busy")
            try await execute(fixture, "ZADD", pool.leases, "1", "w-dead")
            expect(await examine(fixture), .fail, "leases", "w-dead")
        }
    }

    @Test func `Lanes without a group, jobs of nobody, long waits, delayed and dead jobs are seen`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: [])
            let keys = SpaceKeys(fixture.space)
            let (lane, batch) = (keys.jobs("s", .interactive), keys.jobs("s", .batch))
            try await execute(fixture, "XADD", lane, "*", "id", "j", "name", "t", "params", "{}")
            try await execute(fixture, "XGROUP", "CREATE", batch, JobGroup.name, "0", "MKSTREAM")
            for id in ["1-1", "1-2"] {
                try await execute(fixture, "XADD", batch, id, "id", "j\(id)", "name", "t", "params", "{}")
            }
            try await execute(
                fixture,
                "XREADGROUP",
                "GROUP",
                JobGroup.name,
                "w-gone",
                "COUNT",
                "1",
                "STREAMS",
                batch,
                ">"
            )
            try await execute(fixture, "ZADD", keys.delayed, "1", "j3")
            try await execute(fixture, "XADD", keys.dead, "*", "name", "bad_tool", "reason", "{}")
            let findings = await examine(fixture)
            expect(findings, .fail, "groups", lane)
            expect(findings, .fail, "consumers", "w-gone has 1 of \(batch)")
            expect(findings, .warn, "queue", "2 queued, 1 running, the oldest waits")
            expect(findings, .fail, "delayed", "1 of 1")
            expect(findings, .warn, "dead", "bad_tool")
        }
    }

    @Test func `Services that are not ready, and what is missing on this machine, are seen`() async throws {
        try await withStore { fixture in
            try await fixture.add("good", tools: [], entry: #"{"command":"sh"}"#)
            try await fixture.add("away", tools: [], status: .unreachable, entry: #"{"url":"http://127.0.0.1:1/mcp"}"#)
            try await fixture.add("starting", tools: [], status: .initializing, entry: #"{"command":"/nowhere/npx"}"#)
            try await fixture.add(
                "gap",
                tools: [],
                entry: #"{"command":"no-such-program","env":{"KEY":"${DOCTOR_TEST_KEY}"}}"#
            )
            try await fixture.add("lost", tools: [], entry: #"{"command":"no-such-program"}"#)
            let findings = await examine(fixture)
            expect(findings, .ok, "services", "3 of 5 services are ready")
            expect(findings, .fail, "service", "'away' is unreachable")
            expect(findings, .warn, "service", "'starting' is initializing")
            expect(findings, .warn, "programs", "'starting' runs '/nowhere/npx', which is not on this machine")
            expect(findings, .warn, "variables", "'gap' refers to ${DOCTOR_TEST_KEY} in env.KEY")
            expect(findings, .warn, "programs", "'lost' runs 'no-such-program'")
            #expect(!findings.contains { $0.line.contains("'good'") })
        }
    }

    @Test func `Keys without an owner and keys that never expire are seen, and nothing is deleted`() async throws {
        try await withStore { fixture in
            try await fixture.add("s", tools: ["t"])
            let space = fixture.space
            expect(await examine(fixture), .ok, "keys", "each with an owner")
            let orphans = ["services:gone:config", "tools:gone:stats", "jobs:gone:batch", "nonsense"].map { "\(space):\($0)" }
            try await execute(fixture, "ZADD", SpaceKeys(space).stores, "1", "a-store")
            try await RedisHistory(space, client: fixture.client).note(["s"])
            expect(await examine(fixture), .ok, "keys", "each with an owner")
            let immortal = ["\(space):inbox:old", "\(space):result:old", "\(space.namespace):auto-1:services"]
            for key in orphans + immortal { try await execute(fixture, "SET", key, "x") }
            let findings = await examine(fixture)
            expect(findings, .warn, "orphans", "4 keys belong to no service")
            expect(findings, .warn, "expiry", "3 keys that should expire do not")
            for key in orphans + immortal { #expect(try await execute(fixture, "EXISTS", key).integer == 1) }
            try await execute(fixture, "DEL", "\(space.namespace):auto-1:services")
        }
    }

    @Test func `The scan ends at its bound and says so`() async throws {
        try await withRedisServer { server in
            try await withRedisClient(try server.configuration(socketTimeout: .seconds(10))) { client in
                _ = await client.pipeline((0..<5000).map { RedisCommand("SET", "other:\($0)", "x") })
            }
            expect(
                try await examine(try server.configuration(socketTimeout: .seconds(10)), scan: 1000),
                .warn,
                "scan",
                "only the first 1000 keys"
            )
            #expect(!(try await examine(try server.configuration(socketTimeout: .seconds(10)))).contains { $0.check == "scan" })
        }
    }

    @Test func `A line says the level, the check, what is wrong and what to do`() {
        #expect(Finding.warn("tls", "not\nencrypted", "use rediss://").line == "warn  tls          not encrypted → use rediss://")
        #expect(Finding.fail("acl", "no", nil).line == "FAIL  acl          no")
    }
}
