import NIOCore
import Testing

@testable import MCPStoreProtocol

@Suite struct DeadlineQueueTests {
    @Test func `deadlines come in order`() {
        var random = SeededGenerator(seed: 1)
        var queue = DeadlineQueue()
        let times = (0..<1000).map { _ in UInt64.random(in: 1..<500, using: &random) }
        for (id, time) in times.enumerated() { queue.insert(id, deadline: .uptimeNanoseconds(time)) }
        var popped: [UInt64] = []
        while let earliest = queue.earliest {
            #expect(queue.popExpired(now: earliest - .nanoseconds(1)) == nil)
            if let id = queue.popExpired(now: earliest) { popped.append(times[id]) }
        }
        #expect(popped == times.sorted())
    }

    @Test func `what has ended does not pile up`() {
        var queue = DeadlineQueue()
        for id in 0..<100_000 {
            queue.insert(id, deadline: .uptimeNanoseconds(UInt64(id)))
            // Only the very first request lives on.
            queue.discardStale(living: 1) { $0 == 0 }
        }
        #expect(queue.count < 200)
        #expect(queue.earliest == .uptimeNanoseconds(0))
        queue.discardStale(living: 0) { _ in false }
        #expect(queue.earliest == nil)
    }
}
