import Foundation
import MCPStore
import MCPStoreQueue
import MCPStoreRedis

/// How long a round trip takes, and how far apart the clocks are.
struct LatencyChecks {
    private static let rounds = 100

    let client: RedisClient
    let socketTimeout: Duration

    func findings() async -> [Finding] {
        var times: [Int] = []
        var offset = 0
        var shortest = Int.max
        do {
            for _ in 0..<Self.rounds {
                let sent = ServerClock.boot()
                let local = Date().timeIntervalSince1970
                let reply = try await client.execute(RedisCommand("TIME"))
                let took = ServerClock.boot() - sent
                times.append(took)
                guard took < shortest, let time = reply.array, time.count == 2 else { continue }
                shortest = took
                let server = (time[0].integer ?? 0) * 1000 + (time[1].integer ?? 0) / 1000
                offset = server - Int((local + Double(took) / 2e6) * 1000)
            }
        } catch {
            return [Doctor.unchecked("latency", error)]
        }
        times.sort()
        return [
            Self.latency(p50: times[times.count / 2], p99: times[times.count * 99 / 100], timeout: socketTimeout.microseconds),
            Self.clock(offset: offset),
        ]
    }

    /// All in microseconds.
    static func latency(p50: Int, p99: Int, timeout: Int) -> Finding {
        let text =
            "a round trip takes \(Duration.microseconds(p50).tableText) (p50), \(Duration.microseconds(p99).tableText) (p99)"
        if p99 * 2 >= timeout {
            return .fail(
                "latency",
                "\(text): close to the socket timeout of \(Duration.microseconds(timeout).tableText)",
                "run closer to Redis, or give a longer socket_timeout"
            )
        }
        if p99 >= 20_000 {
            return .warn("latency", text, "look for slow commands (SLOWLOG), a busy machine, or a long way to Redis")
        }
        return .ok("latency", text)
    }

    /// - Parameter offset: Redis' clock minus ours, in milliseconds.
    static func clock(offset: Int) -> Finding {
        let distance = abs(offset)
        guard distance >= 1000 else { return .ok("clock", "this machine and Redis agree to \(max(distance, 1)) ms") }
        let text = "this machine's clock is \(distance / 1000) s \(offset > 0 ? "behind" : "ahead of") Redis'"
        return .warn("clock", "\(text): times in logs will not match (deadlines and leases follow Redis' clock)", "set up NTP")
    }
}
