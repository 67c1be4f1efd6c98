import Testing

@testable import ChaosSuite

@Suite struct `The schedule of a chaos run` {
    private let faults: [(name: String, lengths: ClosedRange<Int>)] = [("a", 100...500), ("b", 200...2000), ("c", 4000...7000)]

    @Test func `is a pure function of the seed`() {
        let one = Schedule(seed: 7, milliseconds: 60_000, faults: faults)
        #expect(one == Schedule(seed: 7, milliseconds: 60_000, faults: faults))
        #expect(one != Schedule(seed: 8, milliseconds: 60_000, faults: faults))
    }

    @Test(arguments: 1...20)
    func `has every fault once before any comes again, one after another, with calm at both ends`(seed: UInt64) {
        let events = Schedule(seed: seed, milliseconds: 60_000, faults: faults).events
        #expect(events.count >= 9)
        for start in stride(from: 0, to: events.count - 2, by: 3) {
            #expect(Set(events[start..<start + 3].map(\.name)) == ["a", "b", "c"])
        }
        for (one, next) in zip(events, events.dropFirst()) { #expect(one.at + one.length < next.at) }
        for event in events {
            #expect(faults.first { $0.name == event.name }?.lengths.contains(event.length) == true)
            #expect(event.at >= Schedule.calmBefore && event.at + event.length <= 60_000 - Schedule.calmAfter)
        }
    }

    @Test func `is empty where there is no time or nothing to break`() {
        #expect(Schedule(seed: 1, milliseconds: 1000, faults: faults).events.isEmpty)
        #expect(Schedule(seed: 1, milliseconds: 60_000, faults: []).events.isEmpty)
    }

    @Test func `calls are the same for the same seed, of all kinds, and each run has its own answer`() {
        var (one, two) = (
            CallMix(prefix: "c", services: ["a", "b"], seed: 3), CallMix(prefix: "c", services: ["a", "b"], seed: 3)
        )
        let calls = (0..<2000).map { _ in one.next() }
        #expect(calls == (0..<2000).map { _ in two.next() })
        #expect(Set(calls.map(\.tool)) == Set(ToolKind.allCases) && Set(calls.map(\.service)) == ["a", "b"])
        #expect(Set(calls.map(\.intent)) == [.answer, .expire, .cancel] && calls.contains(where: \.isBatch))
        #expect(Set(calls.map(\.id)).count == 2000 && Set(calls.map(\.answer)).count == Set(calls.map(\.run)).count)
        #expect(calls.contains { $0.milliseconds > 3000 } && calls.contains { $0.bytes > 65_536 })
    }

    @Test func `calls with a key are the same ones in every caller, and each key is used twice in a row`() {
        func keyed(_ prefix: String, seed: UInt64) -> [PlannedCall] {
            var mix = CallMix(prefix: prefix, services: ["a", "b"], seed: seed, shared: 9)
            return (0..<2000).map { _ in mix.next() }.filter { $0.key != nil }
        }
        let (one, two) = (keyed("c", seed: 3), keyed("d", seed: 4))
        #expect(one.count > 50 && two.count > 50 && Set(one.map(\.id)).isDisjoint(with: two.map(\.id)))
        for (left, right) in zip(one, two) {
            #expect(left.run == right.run && left.answer == right.answer && left.milliseconds == right.milliseconds)
            #expect(left.service == right.service && left.tool == right.tool)
        }
        for start in stride(from: 0, to: one.count - 2, by: 2) {
            #expect(one[start].key == one[start + 1].key && one[start].key != one[start + 2].key)
        }
    }

    @Test func `a power failure takes something only where the log is not always synced`() {
        #expect(!FaultCatalog.all(appendfsync: "always").contains { $0.name == "lose-power" })
        #expect(FaultCatalog.all(appendfsync: "everysec").count == FaultCatalog.all.count)
    }

    @Test func `each fault has a name of its own, and one that nobody knows is answered with all names`() throws {
        #expect(Set(FaultCatalog.all.map(\.name)).count == FaultCatalog.all.count)
        #expect(try FaultCatalog.find("kill-worker").name == "kill-worker")
        #expect { try FaultCatalog.find("nope") } throws: { "\($0)".contains("kill-worker") }
    }
}
