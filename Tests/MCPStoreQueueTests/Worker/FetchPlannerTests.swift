import MCPStoreQueue
import Testing

@Suite struct FetchPlannerTests {
    static let space = Space("t:d")!
    static func service(_ name: String) -> ServiceID { ServiceID(space: space, name: name) }
    static func lane(_ name: String, _ lane: Lane = .interactive) -> LaneID { LaneID(service: service(name), lane: lane) }
    private let a = lane("a")
    private let aBatch = lane("a", .batch)

    @Test func `without services it waits`() {
        var planner = FetchPlanner(slots: 4)
        #expect(planner.next() == .wait)
    }

    @Test func `a newly opened service is read, interactive lane first, then watched`() {
        var planner = FetchPlanner(slots: 8)
        planner.open(Self.service("a"), limit: 100)
        #expect(planner.next() == .read(a, count: 8))
        planner.received([:], from: [a], requested: 8)
        // Before batch work is read, the interactive lanes are looked at.
        #expect(planner.next() == .probe([a], count: 8))
        planner.received([:], from: [a], requested: 8)
        #expect(planner.next() == .read(aBatch, count: 6))
        planner.received([:], from: [aBatch], requested: 6)
        #expect(planner.next() == .block([a, aBatch], count: 4))
        #expect(!planner.hasReadableLane)
    }

    @Test func `batch work never takes the slots that are kept`() {
        for slots in 2...40 {
            var planner = FetchPlanner(slots: slots)
            planner.open(Self.service("a"), limit: 100)
            planner.received([:], from: [a], requested: 1)
            planner.received([aBatch: planner.batchSlots], from: [aBatch], requested: planner.batchSlots)
            #expect(slots - planner.running == max(slots / 4, 1))
            #expect(planner.next() == .block([a], count: slots - planner.running))
        }
    }

    @Test(arguments: [(32, 24), (5, 4), (4, 3), (3, 3), (1, 1)])
    func `batch work never takes all that a service runs at the same time, but of very few`(limit: Int, most: Int) {
        var planner = FetchPlanner(slots: 128)
        planner.open(Self.service("a"), limit: limit)
        // Read, and looked at again.
        for _ in 0..<2 {
            _ = planner.next()
            planner.received([:], from: [a], requested: limit)
        }
        #expect(planner.next() == .read(aBatch, count: most))
        planner.received([aBatch: most], from: [aBatch], requested: most)
        #expect(planner.hasSlot(for: a) == (limit > most) && !planner.hasSlot(for: aBatch))
        guard limit > most else { return #expect(planner.next() == .wait) }
        #expect(planner.next() == .block([a], count: limit - most))
        planner.received([a: 1], from: [a], requested: limit - most)
        planner.slotFreed(aBatch)
        #expect(planner.hasSlot(for: aBatch))
    }

    @Test func `a batch lane that was full is read again as soon as a job of it ends`() {
        // What was running before a reconnect fills it, without a read that says that there is more.
        var planner = FetchPlanner(slots: 128)
        planner.open(Self.service("a"), limit: 4)
        for lane in [a, aBatch] { planner.received([:], from: [lane], requested: 4) }
        for _ in 0..<3 { planner.adopted(aBatch) }
        #expect(planner.next() == .block([a], count: 1))
        #expect(!planner.hasReadableLane)
        planner.slotFreed(aBatch)
        #expect(planner.hasReadableLane)
    }

    @Test func `a batch lane with room for one more is watched beside the interactive lane of its service`() {
        var planner = FetchPlanner(slots: 128)
        planner.open(Self.service("a"), limit: 32)
        for lane in [a, aBatch] { planner.received([:], from: [lane], requested: 32) }
        for _ in 0..<23 { planner.adopted(aBatch) }
        // Used last, it is the first to be chosen.
        planner.adopted(a)
        #expect(planner.next() == .block([a, aBatch], count: 1))
        #expect(!planner.isCrowded)
    }

    @Test func `a batch that never runs dry hides no other`() {
        var planner = FetchPlanner(slots: 8)
        let bBatch = Self.lane("b", .batch)
        for name in ["a", "b"] { planner.open(Self.service(name), limit: 100) }
        // Nothing is known of any lane but one.
        for name in ["a", "b"] {
            for lane in Lane.allCases { planner.received([:], from: [Self.lane(name, lane)], requested: 1) }
        }
        planner.markReady(aBatch)
        for step in 0..<100 {
            switch planner.next(now: step * 1000) {
            case .read(let lane, let count):
                planner.received([lane: count], from: [lane], requested: count)
            case .probe(let lanes, let count):
                if lanes.contains(bBatch) { return }
                planner.received([:], from: lanes, requested: count)
            case .block(let lanes, let count):
                if lanes.contains(bBatch) { return }
                planner.received([:], from: lanes, requested: count)
                planner.slotFreed(aBatch)
            case .wait: planner.slotFreed(aBatch)
            }
        }
        Issue.record("nobody looked at the other batch")
    }

    @Test func `a service never runs more than its limit`() {
        var planner = FetchPlanner(slots: 100)
        planner.open(Self.service("a"), limit: 3)
        #expect(planner.next() == .read(a, count: 3))
        planner.received([a: 2], from: [a], requested: 3)
        planner.received([:], from: [aBatch], requested: 3)
        // One more is allowed: only one of the two lanes may be watched.
        #expect(planner.next() == .block([a], count: 1))
        planner.received([a: 1], from: [a], requested: 1)
        #expect(planner.next() == .wait)
        planner.slotFreed(a)
        #expect(planner.next() == .read(a, count: 1))
    }

    @Test func `services that wait share what is free`() {
        var planner = FetchPlanner(slots: 8)
        for name in ["a", "b", "c", "d"] { planner.open(Self.service(name), limit: 100) }
        var order: [LaneID] = []
        for _ in 0..<4 {
            guard case .read(let lane, let count) = planner.next() else { break }
            order.append(lane)
            planner.received([lane: count], from: [lane], requested: count)
        }
        #expect(order == ["a", "b", "c", "d"].map { Self.lane($0) })
        #expect(planner.running < 8)
    }

    @Test func `a single slot goes round`() {
        var planner = FetchPlanner(slots: 2)
        for name in ["a", "b", "c"] { planner.open(Self.service(name), limit: 100) }
        planner.adopted(a)
        var served: [String: Int] = [:]
        for _ in 0..<300 {
            switch planner.next() {
            case .read(let lane, let count):
                #expect(count == 1)
                served[lane.service.name, default: 0] += 1
                planner.received([lane: 1], from: [lane], requested: 1)
                planner.slotFreed(lane)
            case .probe(let lanes, _): planner.received([:], from: lanes, requested: 1)
            default: Issue.record("nothing to read")
            }
        }
        let counts = served.values.sorted()
        #expect(counts.count == 3 && counts[2] - counts[0] <= 1)
    }

    @Test func `a lane that never runs dry hides no other`() {
        for kind in Lane.allCases {
            var planner = FetchPlanner(slots: 8)
            let busy = Self.lane("a", kind)
            for name in ["a", "b", "c", "d", "e", "f"] { planner.open(Self.service(name), limit: 100) }
            var seen: Set<LaneID> = []
            for _ in 0..<200 {
                switch planner.next() {
                case .read(let lane, let count):
                    let delivered = lane == busy ? count : 0
                    if lane != busy { seen.insert(lane) }
                    planner.received([lane: delivered], from: [lane], requested: count)
                    for _ in 0..<delivered { planner.slotFreed(lane) }
                case .probe(let lanes, let count), .block(let lanes, let count):
                    seen.formUnion(lanes)
                    planner.received([:], from: lanes, requested: count)
                case .wait: Issue.record("nothing to read")
                }
                if seen.count == 100 { break }
            }
            // Every other interactive lane was looked at after the first reads.
            let others = ["b", "c", "d", "e", "f"].map { Self.lane($0) }
            #expect(seen.isSuperset(of: others))
        }
    }

    @Test func `where not all lanes can be watched, all have their turn, and the one in use stays`() {
        var planner = FetchPlanner(slots: 8)
        let names = (0..<20).map { "s\($0)" }
        for name in names { planner.open(Self.service(name), limit: 100) }
        for name in names { for lane in Lane.allCases { planner.received([:], from: [Self.lane(name, lane)], requested: 1) } }
        #expect(!planner.watchesAll)
        guard case .block(let idle, _) = planner.next() else { return #expect(Bool(false)) }
        #expect(idle.count == 4)
        let hot = Self.lane("s7")
        planner.markReady(hot)
        guard case .read(hot, let count) = planner.next() else { return #expect(Bool(false)) }
        planner.received([hot: 1], from: [hot], requested: count)
        planner.slotFreed(hot)
        var seen: Set<LaneID> = []
        for second in 1..<30 {
            // The others are looked at once a second, without blocking.
            guard case .probe(let quiet, let most) = planner.next(now: second * 1_000_000) else { return #expect(Bool(false)) }
            #expect(!quiet.contains(hot) && !quiet.isEmpty)
            seen.formUnion(quiet)
            planner.received([:], from: quiet, requested: most)
            // In use for 15 seconds after each job.
            guard case .block([hot], let count) = planner.next(now: second * 1_000_000) else { return #expect(Bool(false)) }
            let delivers = second % 10 == 0
            planner.received(delivers ? [hot: 1] : [:], from: [hot], requested: count)
            if delivers { planner.slotFreed(hot) }
        }
        #expect(seen.count == 39)
    }

    /// Reads all lanes that were just opened, until there is nothing but to block.
    private func readAll(_ planner: inout FetchPlanner, holdsJob: (LaneID) -> Bool) {
        for _ in 0..<1000 {
            switch planner.next() {
            case .read(let lane, let count):
                let jobs = holdsJob(lane) ? 1 : 0
                planner.received([lane: jobs], from: [lane], requested: max(count, 2))
                if jobs == 1 { planner.slotFreed(lane) }
            case .probe(let lanes, let count): planner.received([:], from: lanes, requested: count)
            case .block, .wait: return
            }
        }
        Issue.record("there is always something to read")
    }

    @Test func `a lane in use brings as many jobs as are free, however many others are open`() {
        var planner = FetchPlanner(slots: 128)
        for number in 0..<100 { planner.open(Self.service("s\(number)"), limit: 1000) }
        let hot = Self.lane("s7")
        readAll(&planner) { $0 == hot }
        for round in 0..<100 {
            switch planner.next(now: round * 1000) {
            case .block(let lanes, let count):
                #expect(lanes == [hot] && count == 128)
                planner.received([hot: 20], from: lanes, requested: count)
            case .read(hot, let count): planner.received([:], from: [hot], requested: count)
            case let other: Issue.record("\(other)")
            }
            for _ in 0..<planner.running { planner.slotFreed(hot) }
        }
    }

    @Test func `where more lanes are in use than can be watched, they have their turns`() {
        var planner = FetchPlanner(slots: 8)
        let lanes = (0..<20).map { Self.lane("s\($0)") }
        for lane in lanes { planner.open(lane.service, limit: 100) }
        readAll(&planner) { $0.lane == .interactive }
        var watched: Set<LaneID> = []
        for second in 0..<14 {
            for _ in 0..<2 {
                switch planner.next(now: second * 1_000_000) {
                case .block(let some, let count):
                    watched.formUnion(some)
                    planner.received([:], from: some, requested: count)
                case .probe(let quiet, let count): planner.received([:], from: quiet, requested: count)
                case let other: Issue.record("\(other)")
                }
            }
        }
        #expect(watched == Set(lanes))
    }

    /// The batch lane of one tenant never runs dry, and what is kept for interactive work is less than there are tenants.
    @Test func `beside a flood all interactive lanes in use are looked at, soon and in turn`() {
        var planner = FetchPlanner(slots: 128)
        let quiet = (0..<99).map { LaneID(service: ServiceID(space: Space("t\($0):d")!, name: "s"), lane: .interactive) }
        let flood = LaneID(service: ServiceID(space: Space("flood:d")!, name: "s"), lane: .batch)
        for lane in quiet + [flood] { planner.open(lane.service, limit: 1000) }
        readAll(&planner) { quiet.contains($0) }
        planner.markReady(flood)
        // All were read: now they are looked at.
        guard case .probe(let first, let most) = planner.next(now: 1) else { return #expect(Bool(false)) }
        planner.received([:], from: first, requested: most)
        guard case .read(flood, let count) = planner.next(now: 1) else { return #expect(Bool(false)) }
        planner.received([flood: count], from: [flood], requested: count)
        #expect(count == 96)
        var looks: [LaneID: Int] = [:]
        for round in 0..<40 {
            // One job of the flood ends, and another one is read.
            planner.slotFreed(flood)
            for _ in 0..<2 {
                switch planner.next(now: 2 + round * 1000) {
                case .read(flood, _): planner.received([flood: 1], from: [flood], requested: 1)
                case .probe(let lanes, let count):
                    // A lane that holds something stays for another look, and gives way then.
                    let busy = round % 8 == 0 ? lanes.first : nil
                    planner.received(busy.map { [$0: 1] } ?? [:], from: lanes, requested: max(count, 2))
                    if let busy { planner.slotFreed(busy) }
                    for lane in lanes { looks[lane, default: 0] += 1 }
                case let other: Issue.record("\(other)")
                }
            }
        }
        // 40 looks at about 31 lanes each: a dozen for each of them.
        #expect(quiet.allSatisfy { looks[$0, default: 0] >= 10 }, "\(looks.values.sorted())")
    }

    @Test func `a lane that cannot be read is set aside until it is tried again`() {
        var planner = FetchPlanner(slots: 8)
        planner.open(Self.service("a"), limit: 100)
        planner.open(Self.service("b"), limit: 100)
        let b = Self.lane("b")
        for lane in [a, aBatch, b, Self.lane("b", .batch)] { planner.received([:], from: [lane], requested: 1) }
        guard case .block(let lanes, _) = planner.next() else { return #expect(Bool(false)) }
        #expect(lanes.count == 4)
        // One of four: they are read one by one, and the one to blame is left out.
        planner.failed(lanes)
        var blocked = false
        for _ in 0..<20 where !blocked {
            switch planner.next() {
            case .read(let lane, _) where lane == a: planner.failed([lane])
            case .read(let lane, let count): planner.received([:], from: [lane], requested: count)
            case .probe(let lanes, let count):
                #expect(!lanes.contains(a))
                planner.received([:], from: lanes, requested: count)
            case .block(let lanes, _):
                #expect(lanes.count == 3 && !lanes.contains(a))
                blocked = true
            case .wait: Issue.record("nothing to read")
            }
        }
        #expect(blocked)
        planner.retry(a)
        guard case .read(a, _) = planner.next() else { return #expect(Bool(false)) }
    }

    @Test func `a closed service is read no more, and its running jobs keep their slots`() {
        var planner = FetchPlanner(slots: 4)
        planner.open(Self.service("a"), limit: 2)
        planner.received([a: 2], from: [a], requested: 2)
        planner.close(Self.service("a"))
        #expect(planner.next() == .wait && planner.running == 2 && planner.openServices.isEmpty)
        planner.markReady(a)
        #expect(planner.next() == .wait)
        // Opened again, the running ones still count.
        planner.open(Self.service("a"), limit: 3)
        #expect(planner.next() == .read(a, count: 1))
        planner.slotFreed(a)
        planner.slotFreed(a)
        #expect(planner.running == 0)
    }

    @Test func `jobs that arrive for a closed service are counted`() {
        var planner = FetchPlanner(slots: 4)
        planner.adopted(a)
        planner.open(Self.service("a"), limit: 2)
        #expect(planner.next() == .read(a, count: 1))
        planner.slotFreed(a)
        #expect(planner.next() == .read(a, count: 2))
        #expect(planner.running == 0)
    }

    @Test func `the services of a limited tenant never read more together than it may start`() {
        let names = (0..<10).map { "s\($0)" }
        for allowance in [1, 3, 12] {
            var planner = FetchPlanner(slots: 64)
            for name in names { planner.open(Self.service(name), limit: 100) }
            // Without tokens nothing is read.
            for name in names { #expect(planner.allow(Self.service(name), ReadRoom(tenant: 0)).isEmpty) }
            #expect(planner.next() == .wait)
            // Of a token that comes all its services hear.
            #expect(planner.allow(Self.service("s0"), ReadRoom(tenant: allowance)).count == names.count)
            #expect(planner.allow(Self.service("s1"), ReadRoom(tenant: allowance)).isEmpty)
            // Every lane is full: what was asked for comes. First the lanes that are ready are read, then those that are watched.
            var delivered = 0
            for _ in 0..<100 where delivered < allowance {
                let (lanes, count): ([LaneID], Int)
                switch planner.next() {
                case .read(let lane, let most): (lanes, count) = ([lane], most)
                case .probe(let some, let most), .block(let some, let most): (lanes, count) = (some, most)
                case .wait: (lanes, count) = ([], 0)
                }
                #expect(count * lanes.count <= allowance - delivered && !lanes.isEmpty)
                // A lane that is read brings nothing, until only watching is left.
                let brings = lanes.count > 1 || planner.hasReadableLane == false
                planner.received(
                    brings ? Dictionary(uniqueKeysWithValues: lanes.map { ($0, count) }) : [:],
                    from: lanes,
                    requested: count
                )
                if brings { delivered += count * lanes.count }
            }
            #expect(delivered == allowance && planner.running == allowance)
            #expect(planner.next() == .wait)
        }
    }

    @Test(arguments: [1, 2, 4]) func `lanes that share the last places of a service are watched in turn`(limit: Int) {
        var planner = FetchPlanner(slots: 64)
        planner.open(Self.service("a"), limit: limit)
        var now = 1
        planner.received([:], from: [a], requested: 1)
        planner.received([:], from: [aBatch], requested: 1)
        // All but one place are taken, and the batch lane was used last.
        _ = planner.next(now: now)
        for _ in 1..<limit { planner.received([a: 1], from: [a], requested: 2) }
        planner.received([aBatch: 1], from: [aBatch], requested: 2)
        planner.slotFreed(aBatch)
        #expect(planner.watchesAll == (limit > 1))
        var watched: [LaneID] = []
        for _ in 0..<6 {
            now += 10_000
            guard case .block(let lanes, let count) = planner.next(now: now) else {
                Issue.record("it does not block")
                return
            }
            #expect(lanes.count * count <= 1 && planner.isCrowded)
            watched += lanes
            planner.received([:], from: lanes, requested: count)
        }
        #expect(watched.count { $0 == a } == 3 && watched.count { $0 == aBatch } == 3, "\(watched)")
    }
}
