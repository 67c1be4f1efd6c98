import Testing

@testable import LoadDriver

struct LoadMixTests {
    private func calls(_ entries: [MixEntry], seed: UInt64 = 1, count: Int = 10_000) -> [PlannedCall] {
        var mix = LoadMix(entries, seed: seed)
        return (0..<count).map { _ in mix.next() }
    }

    @Test func `the same seed gives the same calls`() {
        let entries = [MixEntry(tool: "a", tenants: 3), MixEntry(weight: 2, tool: "b")]
        #expect(calls(entries) == calls(entries))
        #expect(calls(entries) != calls(entries, seed: 2))
    }

    @Test func `entries are picked by weight`() {
        let calls = calls([MixEntry(weight: 1, tool: "a"), MixEntry(weight: 0, tool: "never"), MixEntry(weight: 3, tool: "b")])
        let share = Double(calls.count { $0.tool == "b" }) / 10_000
        #expect(abs(share - 0.75) < 0.03)
        #expect(!calls.contains { $0.tool == "never" })
    }

    @Test func `tenants of an entry take turns, and calls are numbered`() {
        let calls = calls([MixEntry(tenants: 3), MixEntry(tool: "other", tenants: 2)], count: 100)
        #expect(calls.map(\.index) == (0..<100).map { UInt64($0) })
        let tenants = calls.filter { $0.tool == "echo" }.map(\.tenant)
        #expect(tenants == tenants.indices.map { $0 % 3 })
    }

    @Test func `groups have names of their own`() {
        let entries = [MixEntry(), MixEntry(payload: 9), MixEntry(name: "large"), MixEntry(name: "echo 3"), MixEntry()]
        #expect(LoadMix.names(of: entries) == ["echo", "echo 2", "large", "echo 3", "echo 4"])
    }
}
