import MCPStoreQueue
import Testing

/// A worker against streams in memory, driven at random: the rules hold at every step, and every job is fetched.
@Suite struct FetchPlannerSimulationTests {
    private struct World {
        var random: SeededGenerator
        var planner: FetchPlanner
        var limits: [ServiceID: Int] = [:]
        var queued: [LaneID: Int] = [:]
        var running: [LaneID] = []
        /// What the read under way may still deliver.
        var step: FetchPlanner.Step?
        var submitted = 0
        var fetched = 0
        /// In microseconds.
        var now = 0

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            planner = FetchPlanner(slots: Int.random(in: 2...24, using: &random))
            for number in 0..<Int.random(in: 1...8, using: &random) {
                let service = FetchPlannerTests.service("s\(number)")
                limits[service] = Int.random(in: 1...12, using: &random)
            }
        }

        func running(_ service: ServiceID) -> Int { running.count { $0.service == service } }
        var runningBatch: Int { running.count { $0.lane == .batch } }

        mutating func plan() {
            guard step == nil else { return }
            now += 20_000
            let next = planner.next(now: now)
            switch next {
            case .wait: return
            case .read(let lane, let count): check([lane], count)
            case .probe(let lanes, let count), .block(let lanes, let count): check(lanes, count)
            }
            step = next
        }

        /// The worst that the read can deliver breaks no rule.
        private func check(_ lanes: [LaneID], _ count: Int) {
            #expect(count >= 1 && !lanes.isEmpty && Set(lanes).count == lanes.count)
            #expect(lanes.count * count <= planner.slots - running.count)
            for service in Set(lanes.map(\.service)) {
                let worst = lanes.count { $0.service == service } * count
                #expect(running(service) + worst <= limits[service] ?? 0)
            }
            let batch = lanes.count { $0.lane == .batch } * count
            #expect(batch == 0 || runningBatch + batch <= planner.batchSlots)
        }

        /// Answers the read under way. A blocking read with nothing to deliver times out.
        mutating func answer() {
            guard let step else { return }
            self.step = nil
            let lanes: [LaneID]
            let requested: Int
            switch step {
            case .wait: return
            case .read(let lane, let count): (lanes, requested) = ([lane], count)
            case .probe(let list, let count), .block(let list, let count): (lanes, requested) = (list, count)
            }
            if lanes.count > 1 || Bool.random(using: &random), Int.random(in: 0..<50, using: &random) == 0 {
                planner.failed(lanes)
                lanes.forEach { planner.retry($0) }
                return
            }
            var counts: [LaneID: Int] = [:]
            for lane in lanes {
                let count = min(queued[lane] ?? 0, requested)
                if count > 0 { counts[lane] = count }
                queued[lane, default: 0] -= count
                fetched += count
                running += Array(repeating: lane, count: count)
            }
            planner.received(counts, from: lanes, requested: requested)
            #expect(planner.running == running.count && running.count <= planner.slots)
        }

        mutating func finishOne() {
            guard !running.isEmpty else { return }
            planner.slotFreed(running.remove(at: Int.random(in: 0..<running.count, using: &random)))
        }

        mutating func submit() {
            guard let service = limits.keys.sorted(by: { $0.name < $1.name }).randomElement(using: &random) else { return }
            let lane = LaneID(service: service, lane: Int.random(in: 0..<3, using: &random) == 0 ? .batch : .interactive)
            let count = Int.random(in: 1...6, using: &random)
            queued[lane, default: 0] += count
            submitted += count
        }

        mutating func openOrClose() {
            guard let service = limits.keys.sorted(by: { $0.name < $1.name }).randomElement(using: &random) else { return }
            // A read under way may still deliver for a service that is closed now; its limit is checked when it is planned.
            if planner.openServices.contains(service) {
                planner.close(service)
            } else {
                planner.open(service, limit: limits[service] ?? 1)
            }
        }
    }

    @Test(arguments: 0..<200)
    func `no rule is ever broken and nothing is left behind`(seed: Int) {
        var world = World(seed: UInt64(seed))
        for service in world.limits.keys { world.planner.open(service, limit: world.limits[service] ?? 1) }
        for _ in 0..<1500 {
            switch Int.random(in: 0..<20, using: &world.random) {
            case 0..<4: world.submit()
            case 4..<10: world.answer()
            case 10..<16: world.finishOne()
            case 16: world.openOrClose()
            default: break
            }
            world.plan()
        }
        // From now on nothing comes, everything runs to its end: every job is fetched without anybody ringing.
        for service in world.limits.keys where !world.planner.openServices.contains(service) {
            world.planner.open(service, limit: world.limits[service] ?? 1)
        }
        var steps = 0
        while world.fetched < world.submitted || !world.running.isEmpty, steps < 100_000 {
            steps += 1
            world.plan()
            world.answer()
            world.finishOne()
        }
        #expect(world.fetched == world.submitted)
        #expect(world.planner.running == 0)
    }
}
