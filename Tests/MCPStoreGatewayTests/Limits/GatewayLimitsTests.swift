import Foundation
import MCPStore
import MCPStoreQueue
import MCPStoreRedis
import NIOConcurrencyHelpers
import TestSupport
import Testing

@testable import MCPStoreGateway

/// Limits that hold over gateways: two of them, each with its own connection to one Redis.
struct GatewayLimitsTests {
    /// Two holders of one principal's limits.
    private static func two(
        _ body: (RequestLimits, RequestLimits, Principal) async throws -> Void,
        _ limits: AccessLimits
    ) async throws {
        let server = try await RedisServer.shared()
        try await withRedisClient(try server.configuration(socketTimeout: .seconds(60))) { client in
            let redis = RedisAccessLimits(try Pool(cluster: "limits-\(UUID().uuidString)"), client: client)
            let make = { RequestLimits(defaults: nil) { (request) async throws(QueueError) in try await redis.ask(request) } }
            let principal = Principal(name: "p", id: "p", roles: [.call], limits: limits)
            try await body(make(), make(), principal)
        }
    }

    /// How many of so many requests at once pass, and why the others do not.
    private func enter(_ limits: [RequestLimits], _ principal: Principal, count: Int) async -> (
        permits: [Permit], refused: [Problem]
    ) {
        await withTaskGroup(of: Result<Permit?, Problem>.self) { group in
            for number in 0..<count {
                let limits = limits[number % limits.count]
                group.addTask {
                    do throws(Problem) { return .success(try await limits.enter(principal, holds: true)) } catch {
                        return .failure(error)
                    }
                }
            }
            var result: (permits: [Permit], refused: [Problem]) = ([], [])
            for await one in group {
                switch one {
                case .success(let permit): if let permit { result.permits.append(permit) }
                case .failure(let problem): result.refused.append(problem)
                }
            }
            return result
        }
    }

    @Test func `A burst is shared by all gateways to the last request, and then it takes its time`() async throws {
        try await Self.two(
            { one, two, principal in
                let (permits, refused) = await enter([one, two], principal, count: 40)
                #expect(permits.count == 5 && refused.count == 35)
                for problem in refused {
                    #expect(problem.status == 429 && problem.kind == "busy")
                    // One request in an hour.
                    #expect((3000...3600).contains(problem.retryAfter ?? 0), "\(problem)")
                }
            },
            AccessLimits(rate: 1 / 3600, burst: 5)
        )
    }

    @Test func `Places are shared by all gateways, and free again when a request is answered`() async throws {
        try await Self.two(
            { one, two, principal in
                var (permits, refused) = await enter([one, two], principal, count: 40)
                #expect(permits.count == 4 && refused.count == 36)
                #expect(refused.allSatisfy { $0.status == 429 && $0.retryAfter == 1 && $0.detail.hasPrefix("4 requests") })
                for other in [one, two] {
                    permits.removeFirst().end()
                    // The place is given back behind the answer; whoever asks meanwhile is refused.
                    let permit = try await eventually("a place is free", within: .seconds(60)) {
                        await enter([other], principal, count: 1).permits.first
                    }
                    permits.append(permit)
                    #expect(await enter([one, two], principal, count: 10).permits.isEmpty)
                }
                permits.forEach { $0.end() }
            },
            AccessLimits(inFlight: 4)
        )
    }

    @Test func `A reserve comes back to those who need it`() async throws {
        try await Self.two(
            { one, two, principal in
                // An eighth of the places stays with a gateway that had requests, until its next ticks.
                let first = await enter([one], principal, count: 1).permits
                first.forEach { $0.end() }
                try await eventually("all places are had by the other", within: .seconds(60)) {
                    await one.tick()
                    let (permits, _) = await enter([two], principal, count: 16)
                    permits.forEach { $0.end() }
                    return permits.count == 16
                }
            },
            AccessLimits(inFlight: 16)
        )
    }

    @Test func `Most requests do not wait for Redis`() async throws {
        let server = try await RedisServer.shared()
        try await withRedisClient(try server.configuration(socketTimeout: .seconds(60))) { client in
            let redis = RedisAccessLimits(try Pool(cluster: "limits-\(UUID().uuidString)"), client: client)
            let asked = NIOLockedValueBox(0)
            let limits = RequestLimits(defaults: AccessLimits(rate: 1_000_000, burst: 8000, inFlight: 80)) {
                (request) async throws(QueueError) in
                asked.withLockedValue { $0 += 1 }
                return try await redis.ask(request)
            }
            for _ in 0..<2000 { try await limits.enter(Principal(name: "p", id: "p"), holds: true)?.end() }
            // A portion is a thousand; slow machines let some of them run out.
            #expect(asked.withLockedValue { $0 } < 200)
        }
    }

    @Test func `Places of a gateway that died are free after its lease, those that are renewed are not`() async throws {
        let server = try await RedisServer.shared()
        try await withRedisClient(try server.configuration(socketTimeout: .seconds(60))) { client in
            let pool = try Pool(cluster: "limits-\(UUID().uuidString)")
            let (dead, alive) = (RedisAccessLimits(pool, client: client, lease: 1), RedisAccessLimits(pool, client: client))
            func request(_ holder: String, _ places: Int, taken: Int = 0) -> RedisAccessLimits.Request {
                var request = RedisAccessLimits.Request(principal: "p", holder: holder, limits: AccessLimits(inFlight: 4))
                (request.places, request.taken) = (places, taken)
                return request
            }
            #expect(try await alive.ask(request("b", 2)).places == 2)
            #expect(try await dead.ask(request("a", 4)).places == 2)
            try await eventually("the places of the dead are free", within: .seconds(60)) {
                try await alive.ask(request("c", 2)).places == 2
            }
            #expect(try await alive.ask(request("d", 1)).places == 0)
            // What requests have already is theirs, whatever happened meanwhile.
            #expect(try await alive.ask(request("d", 1, taken: 1)).places == 1)
            #expect(try await alive.ask(request("b", 0)).places == 0)
            let left = try await client.execute(RedisCommand("PTTL", pool.limit("p"))).integer ?? -1
            #expect(left > 0 && left <= 11_000)
        }
    }

    @Test func `While Redis is away, nobody passes who is limited, and everybody else does`() async throws {
        let limits = RequestLimits(defaults: nil) { _ throws(QueueError) in throw QueueError(.redis, "Redis is away") }
        let free = Principal(name: "a", id: "a")
        #expect(try await limits.enter(free, holds: true) == nil)
        for _ in 0..<3 {
            await #expect {
                try await limits.enter(Principal(name: "b", id: "b", limits: AccessLimits(inFlight: 5)), holds: true)
            } throws: {
                ($0 as? Problem)?.status == 503
            }
        }
    }
}
