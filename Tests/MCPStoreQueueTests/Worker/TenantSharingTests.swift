import MCPStoreQueue
import Testing

/// Who gets how many slots where all want more than there are.
@Suite struct TenantSharingTests {
    private func lane(_ namespace: String, _ lane: Lane = .interactive, service: String = "s") -> LaneID {
        LaneID(service: ServiceID(space: Space("\(namespace):d")!, name: service), lane: lane)
    }

    /// Runs endless lanes for so many reads, each job for as many reads as `duration` says, and counts what each namespace was given.
    private func share(_ lanes: [LaneID], slots: Int = 16, weights: [String: Double], duration: (String) -> Int) -> [String: Int]
    {
        var planner = FetchPlanner(slots: slots, looks: false)
        planner.setWeights(weights)
        for lane in lanes { planner.open(lane.service, limit: 1000) }
        var (running, slotTime): ([(lane: LaneID, end: Int)], [String: Int]) = ([], [:])
        for step in 0..<4000 {
            for job in running where job.end <= step { planner.slotFreed(job.lane) }
            running.removeAll { $0.end <= step }
            for lane in lanes { planner.markReady(lane) }
            while case .read(let lane, let count) = planner.next(now: step) {
                let delivered = lanes.contains(lane) ? count : 0
                planner.received([lane: delivered], from: [lane], requested: count)
                let namespace = lane.service.space.namespace
                for _ in 0..<delivered { running.append((lane, step + duration(namespace))) }
                slotTime[namespace, default: 0] += delivered * duration(namespace)
            }
        }
        return slotTime
    }

    @Test func `by default all share alike, however many services one has and however long its calls take`() {
        let lanes = [lane("a"), lane("a", service: "t"), lane("a", service: "u"), lane("b")]
        let slots = share(lanes, weights: [:]) { $0 == "a" ? 20 : 5 }
        let ratio = Double(slots["a"] ?? 0) / Double(slots["b"] ?? 1)
        #expect((0.7...1.4).contains(ratio), "\(slots)")
    }

    @Test func `weights say how`() {
        let slots = share([lane("a"), lane("b")], weights: ["a": 3]) { _ in 10 }
        let ratio = Double(slots["a"] ?? 0) / Double(slots["b"] ?? 1)
        #expect((2.4...3.6).contains(ratio), "\(slots)")
    }

    @Test func `one alone has everything, and whoever comes is next`() {
        var planner = FetchPlanner(slots: 8, looks: false)
        planner.open(lane("a").service, limit: 1000)
        planner.open(lane("b").service, limit: 1000)
        for kind in [Lane.interactive, .batch] {
            planner.received([:], from: [lane("b", kind), lane("a", .batch)], requested: 1)
        }
        #expect(planner.next() == .read(lane("a"), count: 8))
        planner.received([lane("a"): 8], from: [lane("a")], requested: 8)
        planner.markReady(lane("b"))
        planner.slotFreed(lane("a"))
        #expect(planner.next() == .read(lane("b"), count: 1), "although the other has waited for longer")
    }
}
