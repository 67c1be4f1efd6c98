import MCPStoreQueue
import Testing

@testable import MCPStoreCoordinator

@Suite struct HistoryRoundTests {
    @Test(arguments: [1, 49, 50, 51, 1000]) func `each space comes once a minute, spread over it`(count: Int) throws {
        let spaces = try (0..<count).map { try Samples.space("tenant:s\($0)") }
        var round = HistoryRound()
        var now = 7_000_000
        for _ in 0..<2 {
            #expect(round.isOver(now: now))
            let began = now
            round.begin(spaces, now: now)
            var seen: [Space] = []
            var longest = 0
            repeat {
                let step = round.next()
                longest = max(longest, step.count)
                seen += step
                now = round.wake(now: now)
            } while !round.isOver(now: now)
            #expect(seen == spaces)
            #expect(longest <= max(count / 50 + 1, 1))
            #expect(now == began + HistoryRound.length)
        }
    }

    @Test func `a pool without spaces is looked at again a minute later`() {
        var round = HistoryRound()
        round.begin([], now: 5)
        #expect(round.next() == [])
        #expect(!round.isOver(now: 6))
        #expect(round.wake(now: 6) == 5 + HistoryRound.length)
    }

    @Test func `a round that was held up does not skip a space`() throws {
        let spaces = try (0..<200).map { try Samples.space("tenant:s\($0)") }
        var round = HistoryRound()
        round.begin(spaces, now: 0)
        _ = round.next()
        #expect(!round.isOver(now: 5 * HistoryRound.length))
        var seen = 4
        while case let step = round.next(), !step.isEmpty { seen += step.count }
        #expect(seen == 200)
        #expect(round.isOver(now: 5 * HistoryRound.length))
    }
}
