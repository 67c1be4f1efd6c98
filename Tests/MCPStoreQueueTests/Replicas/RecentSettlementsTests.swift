import NIOCore
import Testing

@testable import MCPStoreQueue

@Suite struct RecentSettlementsTests {
    private func settlement(_ number: Int, bytes: Int = 0) -> Settlement {
        let job = Job(id: "\(number)", service: FetchPlannerTests.service("a"), name: "t", parameters: ByteBuffer())
        let outcome = Outcome(kind: .ok, payload: ByteBuffer(repeating: 1, count: bytes), worker: "w", attempt: 1)
        return Settlement(Delivery(job: job, entry: EntryID("\(number)-0")), .end(outcome))
    }

    private func ids(_ settlements: [Settlement]) -> [String] { settlements.map(\.job.id) }

    @Test func `the last three seconds are kept, however long ago they were`() {
        var recent = RecentSettlements()
        for (number, at) in [(1, 0), (2, 1_000_000), (3, 3_500_000)] {
            #expect(recent.append([self.settlement(number)], ticket: 0, now: at, isConfirmed: { _ in true }) == 0)
        }
        #expect(self.ids(recent.take()) == ["2", "3"])
        #expect(recent.take().isEmpty)
    }

    @Test func `what replicas have not confirmed is kept for longer`() {
        var recent = RecentSettlements()
        for number in 1...5 {
            let forgotten = recent.append([self.settlement(number)], ticket: number, now: number * 10_000_000) { $0 <= 2 }
            #expect(forgotten == 0)
        }
        #expect(self.ids(recent.take()) == ["3", "4", "5"])
    }

    @Test func `there is a bound, and what is forgotten unconfirmed is told`() {
        var recent = RecentSettlements()
        var forgotten = 0
        for number in 1...12 {
            forgotten += recent.append([self.settlement(number, bytes: 1 << 20)], ticket: number, now: number) { $0 <= 3 }
        }
        let kept = recent.take().count
        #expect((1...8).contains(kept))
        #expect(forgotten == 12 - 3 - kept)
    }
}
