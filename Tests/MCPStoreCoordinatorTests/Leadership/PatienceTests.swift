import Testing

@testable import MCPStoreCoordinator

@Suite struct PatienceTests {
    @Test func `one whole lease goes by first`() {
        let patience = Patience(workerLease: 900, now: 1000)
        #expect(patience.remaining(now: 1000) == 900)
        #expect(patience.remaining(now: 1899) == 1)
        #expect(patience.remaining(now: 1900) == 0)
    }

    @Test func `while Redis is heard often nothing begins anew`() {
        var patience = Patience(workerLease: 900, now: 0)
        for now in stride(from: 0, through: 9000, by: 450) { patience.heard(now: now) }
        #expect(patience.earliest == 900)
    }

    @Test func `a silence of more than half a lease begins it anew`() {
        var patience = Patience(workerLease: 900, now: 0)
        patience.heard(now: 5000)
        patience.heard(now: 5451)
        #expect(patience.earliest == 6351)
    }

    @Test func `a new connection begins it anew, and never shortens it`() {
        var patience = Patience(workerLease: 900, now: 0)
        patience.begin(now: 2000)
        patience.begin(now: 1500)
        #expect(patience.earliest == 2900)
    }

    @Test func `answers out of order do not make a silence`() {
        var patience = Patience(workerLease: 900, now: 0)
        patience.heard(now: 1000)
        patience.heard(now: 800)
        patience.heard(now: 1400)
        #expect(patience.earliest == 900)
    }

    @Test func `a step of Redis' clock begins it anew, and slow answers do not`() {
        for step in [226, -226] {
            var patience = Patience(workerLease: 900, now: 0)
            patience.told(server: 10_000, sent: 990, received: 1000)
            // The answer was on its way for long: its time lies between.
            patience.told(server: 10_100, sent: 1050, received: 1600)
            #expect(patience.earliest == 900)
            patience.told(server: 10_700, sent: 2200, received: 2200)
            #expect(patience.earliest == 900)
            patience.told(server: 10_800 + step, sent: 2300, received: 2300)
            #expect(patience.earliest == 3200, "after \(step)")
        }
    }
}
