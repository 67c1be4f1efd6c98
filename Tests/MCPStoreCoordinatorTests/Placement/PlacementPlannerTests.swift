import MCPStoreQueue
import Testing

@testable import MCPStoreCoordinator

@Suite struct PlacementPlannerTests {
    private func plan(
        _ requests: [PlacementRequest],
        _ workers: [WorkerRecord],
        _ placement: [ServiceID: [String]] = [:],
        removed: [ServiceID] = []
    ) -> (changes: [PlacementChange], placement: [ServiceID: [String]], loads: [String: Int]) {
        var planner = PlacementPlanner(workers: workers, placement: placement)
        let changes = planner.plan(requests, removed: removed)
        return (changes, planner.placement, planner.loads)
    }

    @Test func `the same input gives the same plan, in whatever order it comes`() throws {
        let requests = try Samples.requests(300, replicas: 2)
        let workers = try Samples.workers(7)
        let plan1 = plan(requests, workers)
        let plan2 = plan(requests.reversed(), workers.reversed())
        #expect(plan1.placement == plan2.placement)
        #expect(plan1.changes == plan2.changes)
        #expect(plan1.placement.count == 300)
    }

    @Test func `S1: a service that nobody has goes to the worker that is preferred, one that somebody has stays`() throws {
        let requests = try Samples.requests(40)
        let workers = try Samples.workers(4)
        let present = plan(Array(requests.prefix(20)), workers).placement
        let wanted = workers[2].id
        var planner = PlacementPlanner(workers: workers, placement: present)
        for request in requests { planner.preferences[request.service] = wanted }
        _ = planner.plan(requests)
        for request in requests.prefix(20) { #expect(planner.placement[request.service] == present[request.service]) }
        for request in requests.dropFirst(20) { #expect(planner.placement[request.service] == [wanted]) }
        // A preference for one that is gone means another place only.
        var other = PlacementPlanner(workers: workers, placement: [:])
        for request in requests { other.preferences[request.service] = "gone" }
        _ = other.plan(requests)
        #expect(other.placement == plan(requests, workers).placement)
    }

    @Test func `a plan that was carried out leaves nothing to change`() throws {
        let requests = try Samples.requests(300, replicas: 3)
        let workers = try Samples.workers(5)
        let first = plan(requests, workers)
        #expect(plan(requests, workers, first.placement).changes.isEmpty)
    }

    @Test(arguments: [1, 2, 3, 10, 50]) func `a thousand services are spread within bounds`(count: Int) throws {
        let workers = try Samples.workers(count)
        let result = plan(try Samples.requests(1000), workers)
        #expect(result.loads.values.reduce(0, +) == 1000)
        let mean = 1000.0 / Double(count)
        for (worker, load) in result.loads {
            #expect(Double(load) <= (mean * 1.25).rounded(.up), "\(worker)")
            #expect(Double(load) >= mean * 0.25, "\(worker)")
        }
    }

    @Test func `loads are what the placement says`() throws {
        let first = plan(try Samples.requests(100, replicas: 2), try Samples.workers(5)).placement
        let second = plan(try Samples.requests(120, replicas: 3), try Samples.workers(4), first)
        var counted: [String: Int] = [:]
        for host in second.placement.values.joined() { counted[host, default: 0] += 1 }
        #expect(second.loads == counted)
    }

    @Test func `a worker that joins moves nothing`() throws {
        let requests = try Samples.requests(200)
        let before = plan(requests, try Samples.workers(4)).placement
        #expect(plan(requests, try Samples.workers(5), before).changes.isEmpty)
    }

    @Test func `a worker that joins gets the replicas that are lacking`() throws {
        let requests = try Samples.requests(50, replicas: 3)
        let before = plan(requests, try Samples.workers(2)).placement
        #expect(before.values.allSatisfy { $0.count == 2 })
        let result = plan(requests, try Samples.workers(3), before)
        #expect(result.changes.count == 50)
        #expect(result.changes.allSatisfy { $0.gained == ["w-2"] && $0.lost == [] })
    }

    @Test func `a worker that leaves takes only its own services with it`() throws {
        let requests = try Samples.requests(1000)
        let all = try Samples.workers(10)
        let before = plan(requests, all).placement
        let left = before.filter { $0.value == ["w-3"] }
        #expect(!left.isEmpty)
        let result = plan(requests, all.filter { $0.id != "w-3" }, before)
        #expect(Set(result.changes.map(\.service)) == Set(left.keys))
        #expect(result.changes.allSatisfy { $0.lost == ["w-3"] && $0.gained.count == 1 })
        // They are spread, too.
        let heirs = Set(result.changes.flatMap(\.gained))
        #expect(heirs.count > 4)
        #expect((result.loads.values.max() ?? 0) <= 140)
    }

    @Test func `a draining worker gives its services away and takes none`() throws {
        let requests = try Samples.requests(20)
        let workers = [try Samples.worker("w-0", draining: true), try Samples.worker("w-1")]
        let before = Dictionary(uniqueKeysWithValues: requests.map { ($0.service, ["w-0"]) })
        let result = plan(requests, workers, before)
        #expect(result.placement.values.allSatisfy { $0 == ["w-1"] })
        #expect(result.changes.count == 20)
    }

    @Test func `labels must all match`() throws {
        let workers = [
            try Samples.worker("w-both", labels: ["gpu": "a", "zone": "1"]), try Samples.worker("w-gpu", labels: ["gpu": "a"]),
            try Samples.worker("w-other", labels: ["gpu": "b", "zone": "1"]),
        ]
        let both = PlacementRequest(service: try Samples.service("both"), replicas: 9, labels: ["gpu": "a", "zone": "1"])
        let gpu = PlacementRequest(service: try Samples.service("gpu"), replicas: 9, labels: ["gpu": "a"])
        let none = PlacementRequest(service: try Samples.service("none"), replicas: 9, labels: ["gpu": "c"])
        let placement = plan([both, gpu, none], workers).placement
        #expect(placement[both.service] == ["w-both"])
        #expect(placement[gpu.service]?.sorted() == ["w-both", "w-gpu"])
        #expect(placement[none.service] == nil)
    }

    @Test func `a worker takes services of its spaces only`() throws {
        let workers = [try Samples.worker("w-a", spaces: ["a_*:*"]), try Samples.worker("w-b", spaces: ["*:test", "b:*"])]
        func host(_ space: String) throws -> [String]? {
            let request = PlacementRequest(service: try Samples.service("s", in: space), replicas: 9)
            return plan([request], workers).placement[request.service]?.sorted()
        }
        #expect(try host("a_1:main") == ["w-a"])
        #expect(try host("a_1:test") == ["w-a", "w-b"])
        #expect(try host("b:main") == ["w-b"])
        #expect(try host("c:main") == nil)
    }

    @Test func `replicas are as many as there are workers at most, and none where none is wanted`() throws {
        let workers = try Samples.workers(3)
        for (wanted, expected) in [(0, 0), (1, 1), (2, 2), (3, 3), (100, 3)] {
            let requests = try Samples.requests(5, replicas: wanted)
            let placement = plan(requests, workers).placement
            #expect(requests.allSatisfy { Set(placement[$0.service] ?? []).count == expected }, "\(wanted)")
        }
    }

    @Test func `fewer replicas keep hosts that were there, those that the service ranks first`() throws {
        let service = try Samples.service("s")
        let workers = try Samples.workers(5)
        let before = [service: workers.map(\.id)]
        let result = plan([PlacementRequest(service: service, replicas: 2)], workers, before)
        let best = workers.map(\.id).sorted { Rendezvous.prefers(service.member, $0, over: $1) }.prefix(2)
        #expect(Set(result.placement[service] ?? []) == Set(best))
        #expect(result.changes.first?.gained == [])
        #expect(result.changes.first?.lost.count == 3)
    }

    @Test func `services that were removed, or are known no more, are placed nowhere`() throws {
        let service = try Samples.service("gone")
        let result = plan([], try Samples.workers(2), [service: ["w-0", "w-dead"]], removed: [service])
        #expect(result.placement.isEmpty)
        #expect(result.changes.map(\.lost) == [["w-0", "w-dead"]])
        #expect(result.changes.map(\.hosts) == [[]])
        #expect(plan([], try Samples.workers(2), [:], removed: [service]).changes.isEmpty)
    }

    @Test func `planning one service leaves the others alone and minds their load`() throws {
        let workers = try Samples.workers(2)
        let busy = Dictionary(uniqueKeysWithValues: try (0..<10).map { (try Samples.service("x\($0)"), ["w-0"]) })
        let requests = try Samples.requests(4)
        let result = plan(requests, workers, busy)
        #expect(result.changes.count == 4)
        #expect(result.changes.allSatisfy { $0.hosts == ["w-1"] })
    }

    @Test func `without workers nothing is placed`() throws {
        #expect(plan(try Samples.requests(3), []).changes.isEmpty)
        let service = try Samples.service("s0")
        let result = plan(try Samples.requests(1), [], [service: ["w-dead"]])
        #expect(result.changes.map(\.lost) == [["w-dead"]])
    }
}
