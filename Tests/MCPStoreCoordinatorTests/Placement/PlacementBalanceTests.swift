import MCPStoreQueue
import Testing

@testable import MCPStoreCoordinator

@Suite struct PlacementBalanceTests {
    @Test func `after a rolling restart the last worker gets services bit by bit`() throws {
        let requests = try Samples.requests(40)
        let before = Dictionary(uniqueKeysWithValues: requests.map { ($0.service, ["w-0"]) })
        var planner = PlacementPlanner(workers: try Samples.workers(2), placement: before)
        var moves = 0
        for _ in 0..<100 {
            let changes = planner.balance(requests, atMost: 2)
            #expect(changes.count <= 2)
            #expect(changes.allSatisfy { $0.lost == ["w-0"] && $0.gained == ["w-1"] })
            moves += changes.count
            if changes.isEmpty { break }
        }
        #expect(moves >= 5)
        #expect(planner.loads["w-1"] == moves)
        #expect(planner.balance(requests, atMost: 2).isEmpty)
    }

    @Test func `nobody keeps more than twice the mean`() throws {
        let requests = try Samples.requests(100)
        var before: [ServiceID: [String]] = [:]
        for (index, request) in requests.enumerated() { before[request.service] = [index < 80 ? "w-0" : "w-\(index % 3 + 1)"] }
        var planner = PlacementPlanner(workers: try Samples.workers(4), placement: before)
        for _ in 0..<100 where !planner.balance(requests, atMost: 3).isEmpty {}
        #expect((planner.loads["w-0"] ?? 0) <= 50)
        #expect(planner.loads.values.reduce(0, +) == 100)
    }

    @Test func `an even load moves nothing`() throws {
        let requests = try Samples.requests(1000, replicas: 2)
        var planner = PlacementPlanner(workers: try Samples.workers(10), placement: [:])
        _ = planner.plan(requests)
        #expect(planner.balance(requests, atMost: 1000).isEmpty)
    }

    @Test func `what only one worker may host stays there`() throws {
        let requests = try Samples.requests(30, labels: ["gpu": "yes"])
        let workers = [try Samples.worker("w-gpu", labels: ["gpu": "yes"]), try Samples.worker("w-plain")]
        var planner = PlacementPlanner(workers: workers, placement: [:])
        _ = planner.plan(requests)
        #expect(planner.balance(requests, atMost: 30).isEmpty)
    }

    @Test func `a few services do not wander between workers`() throws {
        let requests = try Samples.requests(2)
        var planner = PlacementPlanner(workers: try Samples.workers(5), placement: [:])
        _ = planner.plan(requests)
        #expect(planner.balance(requests, atMost: 10).isEmpty)
    }
}
