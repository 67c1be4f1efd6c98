import Testing

@testable import ChaosSuite

@Suite struct `The schedule of a chaos run` {
    private let faults: [(name: String, lengths: ClosedRange<Int>)] = [("a", 100...500), ("b", 200...2000), ("c", 4000...7000)]

    @Test func `is a pure function of the seed`() {
        let one = Schedule(seed: 7, milliseconds: 60_000, faults: faults)
        #expect(one == Schedule(seed: 7, milliseconds: 60_000, faults: faults))
        #expect(one != Schedule(seed: 8, milliseconds: 60_000, faults: faults))
        // Fixed: a seed that somebody reports must give the same faults in later versions of Swift, too.
        #expect(one.events.first?.name == Schedule(seed: 7, milliseconds: 30_000, faults: faults).events.first?.name)
    }
}
