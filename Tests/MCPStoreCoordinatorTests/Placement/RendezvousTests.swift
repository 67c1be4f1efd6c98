import Testing

@testable import MCPStoreCoordinator

@Suite struct RendezvousTests {
    @Test func `the hash never changes between versions`() {
        // Computed by another program from the published constants; another value would move services in a mixed cluster.
        #expect(Rendezvous.score("", "") == 0xb903_4ad3_7056_f5fb)
        #expect(Rendezvous.score("ns:main weather", "w-abc") == 0x66d9_5a14_d7e6_23d8)
    }

    @Test func `service and worker are told apart`() {
        #expect(Rendezvous.score("ab", "c") != Rendezvous.score("a", "bc"))
        #expect(Rendezvous.score("a", "b") != Rendezvous.score("b", "a"))
    }

    @Test func `the order is total`() {
        #expect(Rendezvous.prefers("s", "a", over: "b") != Rendezvous.prefers("s", "b", over: "a"))
        #expect(!Rendezvous.prefers("s", "a", over: "a"))
    }

    @Test func `each of ten workers ranks first for about a tenth of ten thousand services`() {
        let workers = (0..<10).map { "w-\($0)" }
        var firsts: [String: Int] = [:]
        for index in 0..<10_000 {
            let best = workers.max { Rendezvous.score("t:m s\(index)", $0) < Rendezvous.score("t:m s\(index)", $1) } ?? ""
            firsts[best, default: 0] += 1
        }
        #expect(workers.allSatisfy { (900...1100).contains(firsts[$0] ?? 0) }, "\(firsts)")
    }
}
