import MCPStoreQueue
import Testing

@testable import MCPStoreGateway

/// What one gateway holds of somebody's limits, without Redis.
struct LimitLedgerTests {
    private let start = ContinuousClock.now

    private func ledger(_ limits: AccessLimits) -> LimitLedger {
        LimitLedger(.init(principal: "p", holder: "h", limits: limits), now: start)
    }

    @Test func `What was not given does not pass`() {
        var rate = ledger(AccessLimits(rate: 1000))
        #expect(!rate.enter(holds: true, now: start))
        rate.take(.init(tokens: 2, nextToken: 0, places: 0), asked: start)
        #expect([rate.enter(holds: true, now: start), rate.enter(holds: false, now: start)] == [true, true])
        #expect(!rate.enter(holds: true, now: start))
        var places = ledger(AccessLimits(inFlight: 100))
        #expect(!places.enter(holds: true, now: start))
        #expect(places.enter(holds: false, now: start))
        places.take(.init(tokens: 0, nextToken: 0, places: 1), asked: start)
        #expect(places.enter(holds: true, now: start))
        #expect(!places.enter(holds: true, now: start))
        places.leave()
        #expect(places.enter(holds: true, now: start))
    }

    @Test func `Portions are small against the limits, and of small limits nothing is kept in reserve`() {
        var large = ledger(AccessLimits(rate: 1000, burst: 1000, inFlight: 80))
        let request = large.request(for: 3, holding: 2, now: start)
        #expect(request.tokens == 103 && request.places == 12)
        var small = ledger(AccessLimits(rate: 5, burst: 7, inFlight: 7))
        let exact = small.request(for: 3, holding: 2, now: start)
        #expect(exact.tokens == 3 && exact.places == 2)
    }

    @Test func `Tokens that were not used in a second are given back, and places that nobody had`() {
        var ledger = ledger(AccessLimits(rate: 1000, burst: 1000, inFlight: 80))
        ledger.take(.init(tokens: 10, nextToken: 0, places: 10), asked: start)
        #expect(ledger.enter(holds: true, now: start))
        let first = ledger.tick(now: start + .seconds(1))
        #expect(first.request?.unused == 9 && first.request?.places == 1 && first.request?.taken == 1 && !first.isOver)
        #expect(!ledger.enter(holds: true, now: start + .seconds(1)))
        ledger.leave()
        #expect(ledger.tick(now: start + .seconds(2)).isOver)
    }

    @Test func `Places are renewed in time, and not counted on where they could not be`() {
        var ledger = ledger(AccessLimits(inFlight: 80))
        ledger.take(.init(tokens: 0, nextToken: 0, places: 2), asked: start)
        #expect(ledger.enter(holds: true, now: start))
        _ = ledger.tick(now: start + .seconds(1))
        #expect(ledger.tick(now: start + .seconds(2)).request == nil)
        #expect(ledger.tick(now: start + .seconds(4)).request?.places == 1)
        #expect(!ledger.enter(holds: true, now: start + .seconds(8)))
    }

    @Test func `While Redis has no token, it is not asked for each request`() {
        var ledger = ledger(AccessLimits(rate: 1, burst: 1))
        #expect(ledger.emptyTime(now: start) == 0)
        ledger.take(.init(tokens: 0, nextToken: 900, places: 0), asked: start)
        #expect(ledger.emptyTime(now: start + .milliseconds(100)) == 800)
        #expect(ledger.emptyTime(now: start + .milliseconds(900)) == 0)
    }
}
