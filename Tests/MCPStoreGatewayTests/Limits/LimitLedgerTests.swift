import MCPStoreQueue
import Testing

@testable import MCPStoreGateway

/// What one gateway holds of somebody's limits, without Redis.
struct LimitLedgerTests {
    private let start = ContinuousClock.now

    /// A ledger that can be asked within an expectation.
    private final class Held {
        private var ledger: LimitLedger

        init(_ ledger: LimitLedger) { self.ledger = ledger }

        func enter(holds: Bool, now: ContinuousClock.Instant) -> Bool { ledger.enter(holds: holds, now: now) }
        func leave() { ledger.leave() }
        func tick(now: ContinuousClock.Instant) -> (request: RedisAccessLimits.Request?, isOver: Bool) { ledger.tick(now: now) }
        func emptyTime(now: ContinuousClock.Instant) -> Int { ledger.emptyTime(now: now) }

        func take(_ grant: RedisAccessLimits.Grant, asked: ContinuousClock.Instant) { ledger.take(grant, asked: asked) }

        func request(for count: Int, holding: Int, now: ContinuousClock.Instant) -> RedisAccessLimits.Request {
            ledger.request(for: count, holding: holding, now: now)
        }
    }

    private func ledger(_ limits: AccessLimits) -> Held {
        Held(LimitLedger(.init(principal: "p", holder: "h", limits: limits), now: start))
    }

    @Test func `What was not given does not pass`() {
        let rate = ledger(AccessLimits(rate: 1000))
        #expect(!rate.enter(holds: true, now: start))
        rate.take(.init(tokens: 2, nextToken: 0, places: 0), asked: start)
        #expect([rate.enter(holds: true, now: start), rate.enter(holds: false, now: start)] == [true, true])
        #expect(!rate.enter(holds: true, now: start))
        let places = ledger(AccessLimits(inFlight: 100))
        #expect(!places.enter(holds: true, now: start))
        #expect(places.enter(holds: false, now: start))
        places.take(.init(tokens: 0, nextToken: 0, places: 1), asked: start)
        #expect(places.enter(holds: true, now: start))
        #expect(!places.enter(holds: true, now: start))
        places.leave()
        #expect(places.enter(holds: true, now: start))
    }

    @Test func `Portions are small against the limits, and of small limits nothing is kept in reserve`() {
        let large = ledger(AccessLimits(rate: 1000, burst: 1000, inFlight: 80))
        let request = large.request(for: 3, holding: 2, now: start)
        #expect(request.tokens == 103 && request.places == 12)
        let small = ledger(AccessLimits(rate: 5, burst: 7, inFlight: 7))
        let exact = small.request(for: 3, holding: 2, now: start)
        #expect(exact.tokens == 3 && exact.places == 2)
    }

    @Test func `Tokens that were not used in a second are given back, and places that nobody had`() {
        let ledger = self.ledger(AccessLimits(rate: 1000, burst: 1000, inFlight: 80))
        ledger.take(.init(tokens: 10, nextToken: 0, places: 10), asked: start)
        #expect(ledger.enter(holds: true, now: start))
        let first = ledger.tick(now: start + .seconds(1))
        #expect(first.request?.unused == 9 && first.request?.places == 1 && first.request?.taken == 1 && !first.isOver)
        #expect(!ledger.enter(holds: true, now: start + .seconds(1)))
        ledger.leave()
        #expect(ledger.tick(now: start + .seconds(2)).isOver)
    }

    @Test func `Places are renewed in time, and not counted on where they could not be`() {
        let ledger = self.ledger(AccessLimits(inFlight: 80))
        ledger.take(.init(tokens: 0, nextToken: 0, places: 2), asked: start)
        #expect(ledger.enter(holds: true, now: start))
        _ = ledger.tick(now: start + .seconds(1))
        #expect(ledger.tick(now: start + .seconds(2)).request == nil)
        #expect(ledger.tick(now: start + .seconds(4)).request?.places == 1)
        #expect(!ledger.enter(holds: true, now: start + .seconds(8)))
    }

    @Test func `While Redis has no token, it is not asked for each request`() {
        let ledger = self.ledger(AccessLimits(rate: 1, burst: 1))
        #expect(ledger.emptyTime(now: start) == 0)
        ledger.take(.init(tokens: 0, nextToken: 900, places: 0), asked: start)
        #expect(ledger.emptyTime(now: start + .milliseconds(100)) == 800)
        #expect(ledger.emptyTime(now: start + .milliseconds(900)) == 0)
    }
}
