import Glibc
import MCPStoreRedis
import NIOConcurrencyHelpers

/// Redis' clock as seen from this process: a measured offset to a monotonic clock that counts suspended time.
///
/// Deadlines and legs are counted on it, so that a wrong wall clock of one machine changes nothing.
package final class ServerClock: Sendable {
    private struct Sample {
        var offset: Int
        var roundTrip: Int
        var taken: Int
    }

    private let sample = NIOLockedValueBox<Sample?>(nil)

    package init() {}

    /// Microseconds since boot, suspended time included (CLOCK_BOOTTIME).
    package static func boot() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }

    /// Another server has another clock: the next measurement counts, however long its round trip.
    package func serverChanged() {
        sample.withLockedValue { $0?.taken = Self.boot() - 60_000_000 }
    }

    /// Redis' time in microseconds since 1970. Before the first measurement, this machine's wall clock.
    package func now() -> Int {
        if let sample = sample.withLockedValue({ $0 }) { return Self.boot() + sample.offset }
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }

    /// Takes a measurement: Redis said `server` at some moment between `sent` and `received` (both ``boot()``).
    ///
    /// The measurement with the shortest round trip is the best; an old one gives way, since clocks drift.
    package func measured(server: Int, sent: Int, received: Int) {
        let roundTrip = received - sent
        sample.withLockedValue { sample in
            let old = sample
            if let old, roundTrip > old.roundTrip, received - old.taken < 30_000_000 { return }
            sample = Sample(offset: server - sent - roundTrip / 2, roundTrip: roundTrip, taken: received)
        }
    }
}

extension ServerClock {
    /// Asks Redis for its time (`TIME`), some times: the first round trips of a connection are slow, and the best one counts.
    ///
    /// - Throws: ``QueueError`` (`redis`).
    package func measure(_ client: RedisClient) async throws(QueueError) {
        for _ in 0..<4 {
            let sent = Self.boot()
            do {
                measured(try await client.execute(RedisCommand("TIME")), sent: sent)
            } catch {
                throw QueueError(error)
            }
        }
    }

    /// Takes the reply to `TIME`.
    package func measured(_ reply: RESPReply, sent: Int) {
        guard let parts = reply.array, parts.count == 2, let seconds = parts[0].integer, let micros = parts[1].integer else {
            return
        }
        measured(server: seconds * 1_000_000 + micros, sent: sent, received: Self.boot())
    }
}
