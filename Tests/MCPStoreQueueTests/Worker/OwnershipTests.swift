import MCPStoreQueue
import Testing

@Suite struct OwnershipTests {
    private let lane = FetchPlannerTests.lane("a")
    private let batch = FetchPlannerTests.lane("a", .batch)

    private func entry(_ id: String) -> EntryID { EntryID(id, in: lane) }

    private func ownership(of entries: EntryID...) -> Ownership {
        var ownership = Ownership()
        for entry in entries {
            let isNew = ownership.started(entry)
            #expect(isNew)
        }
        return ownership
    }

    @Test func `what is pending and unknown was never started, once it is old enough`() {
        let ownership = ownership(of: entry("1-0"))
        let pending = [(entry: entry("1-0"), idle: 5000), (entry: entry("2-0"), idle: 5000), (entry: entry("3-0"), idle: 10)]
        let result = ownership.compare(lane, pending: pending, grace: 1000, asked: [entry("1-0")])
        #expect(result.neverStarted == [entry("2-0")])
        #expect(result.lost.isEmpty)
    }

    @Test func `what runs and is pending no more is lost, unless it began after the list was asked for`() {
        let ownership = ownership(of: entry("1-0"), entry("2-0"))
        let result = ownership.compare(lane, pending: [], grace: 0, asked: [entry("1-0")])
        #expect(result.lost == [entry("1-0")])
    }

    @Test func `what waits without a slot does not hide what was lost from a review`() {
        var ownership = Ownership()
        let known = (1...1000).map { entry("\($0)-0") }
        for entry in known {
            let isNew = ownership.started(entry)
            let hadSlot = ownership.park(entry)
            #expect(isNew && hadSlot)
        }
        let limit = ownership.reviewLimit(slots: 2)
        // Redis lists the oldest first.
        let pending = (known + [entry("2000-0"), entry("2001-0")]).map { (entry: $0, idle: 5000) }
        #expect(pending.count < limit)
        let result = ownership.compare(lane, pending: Array(pending.prefix(limit)), grace: 1000, asked: Set(known))
        #expect(result.neverStarted == [entry("2000-0"), entry("2001-0")] && result.lost.isEmpty)
        #expect(Ownership().reviewLimit(slots: 2) == 4)
    }

    @Test func `what is being settled is neither lost nor unknown`() {
        var ownership = ownership(of: entry("1-0"))
        let heldSlot = ownership.settling(entry("1-0"))
        #expect(heldSlot && ownership.isIdle)
        let result = ownership.compare(lane, pending: [(entry: entry("1-0"), idle: 9999)], grace: 0, asked: [entry("1-0")])
        #expect(result.neverStarted.isEmpty && result.lost.isEmpty)
        let startsAgain = ownership.started(entry("1-0"))
        #expect(!startsAgain && ownership.isKnown(entry("1-0")) && !ownership.isRunning(entry("1-0")))
        ownership.settled(entry("1-0"))
        #expect(!ownership.isKnown(entry("1-0")))
    }

    @Test func `lanes are told apart, also where entries have the same id`() {
        var ownership = ownership(of: entry("1-0"), EntryID("1-0", in: batch))
        #expect(ownership.running.count == 2)
        let result = ownership.compare(lane, pending: [], grace: 0, asked: [entry("1-0"), EntryID("1-0", in: batch)])
        #expect(result.lost == [entry("1-0")])
        _ = ownership.settling(entry("1-0"))
        #expect(ownership.isRunning(EntryID("1-0", in: batch)))
    }

    @Test func `what is lost keeps its slot until it is settled, and may come again`() {
        var ownership = ownership(of: entry("1-0"))
        let again = ownership.started(entry("1-0"))
        #expect(!again)
        ownership.lost(entry("1-0"))
        #expect(!ownership.isKnown(entry("1-0")) && !ownership.isRunning(entry("1-0")) && ownership.isIdle)
        let slots = [ownership.settling(entry("1-0")), ownership.settling(entry("1-0"))]
        #expect(slots == [true, false])
        ownership.settled(entry("1-0"))
        let comesAgain = ownership.started(entry("1-0"))
        #expect(comesAgain && !ownership.isIdle)
    }
}
