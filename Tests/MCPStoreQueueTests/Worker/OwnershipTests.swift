import MCPStoreQueue
import NIOCore
import Testing

@Suite struct OwnershipTests {
    private let lane = FetchPlannerTests.lane("a")
    private let batch = FetchPlannerTests.lane("a", .batch)

    private func delivery(_ id: String, _ lane: LaneID) -> Delivery {
        let job = Job(id: id, service: lane.service, lane: lane.lane, name: "t", parameters: ByteBuffer())
        return Delivery(job: job, entry: EntryID(id, in: lane))
    }

    private func entry(_ id: String) -> EntryID { EntryID(id, in: lane) }

    @Test func `what is pending and unknown was never started, once it is old enough`() {
        var ownership = Ownership()
        ownership.started(delivery("1-0", lane))
        let pending = [(entry: entry("1-0"), idle: 5000), (entry: entry("2-0"), idle: 5000), (entry: entry("3-0"), idle: 10)]
        let result = ownership.compare(lane, pending: pending, grace: 1000, asked: [entry("1-0")])
        #expect(result.neverStarted == [entry("2-0")])
        #expect(result.lost.isEmpty)
    }

    @Test func `what runs and is pending no more is lost, unless it began after the list was asked for`() {
        var ownership = Ownership()
        ownership.started(delivery("1-0", lane))
        ownership.started(delivery("2-0", lane))
        let result = ownership.compare(lane, pending: [], grace: 0, asked: [entry("1-0")])
        #expect(result.lost == [entry("1-0")])
    }

    @Test func `what is being settled is neither lost nor unknown`() {
        var ownership = Ownership()
        ownership.started(delivery("1-0", lane))
        #expect(ownership.settling(entry("1-0"))?.job.id == "1-0")
        let result = ownership.compare(lane, pending: [(entry: entry("1-0"), idle: 9999)], grace: 0, asked: [entry("1-0")])
        #expect(result.neverStarted.isEmpty && result.lost.isEmpty)
        ownership.settled(entry("1-0"))
        #expect(!ownership.isKnown(entry("1-0")))
    }

    @Test func `lanes are told apart, also where entries have the same id`() {
        var ownership = Ownership()
        ownership.started(delivery("1-0", lane))
        ownership.started(delivery("1-0", batch))
        #expect(ownership.running.count == 2)
        let result = ownership.compare(lane, pending: [], grace: 0, asked: [entry("1-0"), EntryID("1-0", in: batch)])
        #expect(result.lost == [entry("1-0")])
        ownership.settling(entry("1-0"))
        #expect(ownership.running[EntryID("1-0", in: batch)] != nil)
    }
}
