import NIOCore
import Testing

@testable import MCPStoreQueue

@Suite struct MemoryLanesTests {
    private let service: ServiceID
    private var lane: LaneID { LaneID(service: service, lane: .interactive) }

    init() throws {
        service = ServiceID(space: try Space(namespace: "n", dataspace: "d"), name: "s")
    }

    private func job(_ id: String, _ lane: Lane = .interactive, timeout: Int = 1000) -> Job {
        Job(id: id, service: service, lane: lane, name: "t", parameters: ByteBuffer(), timeout: timeout)
    }

    @Test func `what is queued comes out in order, once`() {
        var lanes = MemoryLanes()
        for number in 0..<5 { _ = lanes.add(job("\(number)"), at: 1, waiter: nil) }
        let r1 = lanes.take(lane, upTo: 3, for: "w")
        #expect(r1.map(\.job.id) == ["0", "1", "2"])
        let r2 = lanes.take(lane, upTo: 3, for: "w")
        #expect(r2.map(\.job.id) == ["3", "4"])
        let r3 = lanes.take(lane, upTo: 3, for: "w")
        #expect(r3.isEmpty)
        #expect(lanes.length(lane) == 5 && lanes.depth(lane, now: 0).running == 5)
    }

    @Test func `an entry goes to whoever settles it first; an undelivered one only to who claims it`() throws {
        var lanes = MemoryLanes()
        let entry = lanes.add(job("a"), at: 1, waiter: nil).delivery.entry
        #expect(entry.origin == .memory && entry.lane == lane)
        let r4 = lanes.remove(entry, claims: false)
        #expect(r4 == nil)
        let r5 = lanes.remove(entry, claims: true)
        #expect(r5 != nil)
        let r6 = lanes.remove(entry, claims: true)
        #expect(r6 == nil)
        let r7 = lanes.take(lane, upTo: 1, for: "w")
        #expect(r7.isEmpty)
        let second = lanes.add(job("b"), at: 1, waiter: nil).delivery.entry
        _ = lanes.take(lane, upTo: 1, for: "w")
        let r8 = lanes.remove(second, claims: false)
        #expect(r8?.owner == "w")
        #expect(lanes.isEmpty(service))
    }

    @Test func `a held entry is queued, but nobody gets it before it is released`() throws {
        var lanes = MemoryLanes()
        _ = lanes.add(job("a"), at: 5, waiter: nil)
        let taken = lanes.take(lane, upTo: 1, for: "w")
        let delivery = try #require(taken.first)
        let removed = lanes.remove(delivery.entry, claims: false)
        guard let removed else { return #expect(removed != nil) }
        let held = lanes.hold(removed, attempt: 2, deaths: 1, at: 9)
        #expect(held.delivery.job.since == 5 && held.deadline == delivery.deadline)
        #expect(lanes.entry(ofJob: "a")?.delivery.entry == held.delivery.entry)
        let r9 = lanes.take(lane, upTo: 1, for: "w")
        #expect(r9.isEmpty && lanes.length(lane) == 1)
        let released = lanes.release(held.delivery.entry)
        let again = lanes.release(held.delivery.entry)
        #expect(released && !again)
        let r10 = lanes.take(lane, upTo: 1, for: "w")
        #expect(r10.first?.job.deaths == 1)
    }

    @Test func `a lane that nobody reads does not grow with what ends in it`() {
        var lanes = MemoryLanes()
        _ = lanes.add(job("first"), at: 1, waiter: nil)
        for number in 0..<10_000 {
            let entry = lanes.add(job("\(number)"), at: 1, waiter: nil)
            _ = lanes.remove(entry.delivery.entry, claims: true)
            #expect(lanes.remembered(lane) <= 2 + 64 + 1)
        }
        let r11 = lanes.take(lane, upTo: 10, for: "w")
        #expect(r11.map(\.job.id) == ["first"])
    }

    @Test func `deadlines are found, and the next one`() {
        var lanes = MemoryLanes()
        for timeout in [100, 300, 200] { _ = lanes.add(job("\(timeout)", timeout: timeout), at: 1000, waiter: nil) }
        let (expired, next) = lanes.expired(now: 1_150_000)
        #expect(expired.map(\.delivery.job.id) == ["100"] && next == 1_200_000)
    }

    /// Against a plain model: whatever happens in whatever order, counts and contents agree.
    @Test(arguments: 0..<20) func `any order of events keeps the counts`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var lanes = MemoryLanes()
        var model: [EntryID: MemoryEntry.Place] = [:]
        for step in 0..<2000 {
            let known = model.keys.sorted { $0.description < $1.description }
            let some = known.randomElement(using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                model[lanes.add(job("\(step)"), at: step, waiter: nil).delivery.entry] = .queued
            case 1:
                for delivery in lanes.take(lane, upTo: Int.random(in: 1...3, using: &random), for: "w") {
                    #expect(model[delivery.entry] == .queued)
                    model[delivery.entry] = .running("w")
                }
            case 2:
                guard let some else { continue }
                let r12 = lanes.remove(some, claims: true)
                #expect(r12 != nil)
                model[some] = nil
            case 3:
                guard let some, model[some] == .running("w"), let old = lanes.remove(some, claims: false) else { continue }
                model[some] = nil
                model[lanes.hold(old, attempt: 2, deaths: 0, at: step).delivery.entry] = .held
            default:
                guard let some else { continue }
                let r13 = lanes.release(some)
                #expect(r13 == (model[some] == .held))
                if model[some] == .held { model[some] = .queued }
            }
            #expect(lanes.length(lane) == model.count)
            #expect(lanes.depth(lane, now: 0).running == model.values.count { $0 == .running("w") })
        }
        let queued = model.values.count { $0 == .queued }
        let r14 = lanes.take(lane, upTo: .max, for: "w")
        #expect(r14.count == queued)
    }
}
