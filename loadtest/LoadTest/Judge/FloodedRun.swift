import LoadDriver

/// A run beside which one more tenant keeps many calls in flight.
enum FloodedRun {
    static func run(_ scenario: Scenario, flood: Int, lane: String, redis: String?) async throws -> LoadReport {
        var wider = scenario
        // The last tenant is the one that floods: it has a space of its own, and no call of the plan.
        wider.mix.append(MixEntry(name: "flood", weight: 0.000_001, lane: lane, tenants: (scenario.mix.first?.tenants ?? 1) + 1))
        let bed = try await TestBed(wider, redis: redis) { ScenarioRun.note($0) }
        return try await ScenarioRun.using(bed) { try await measure(scenario, $1, flood: flood, lane: lane) }
    }

    private static func measure(
        _ scenario: Scenario,
        _ target: any TestTarget,
        flood: Int,
        lane: String
    ) async throws -> LoadReport {
        let tenant = scenario.mix.first?.tenants ?? 1
        return try await withThrowingTaskGroup(of: LoadReport?.self) { group in
            for number in 0..<flood {
                group.addTask {
                    var call = PlannedCall(
                        index: UInt64(number),
                        tool: QueueTarget.tool,
                        payload: 200,
                        lane: lane,
                        tenant: tenant,
                        arguments: [:],
                        group: "flood"
                    )
                    while !Task.isCancelled {
                        _ = await target.call(call)
                        call.index += 1
                    }
                    return nil
                }
            }
            group.addTask { LoadReport(try await LoadRun(scenario: scenario, target: target).run()) }
            while let report = try await group.next() {
                guard let report else { continue }
                group.cancelAll()
                return report
            }
            throw CancellationError()
        }
    }
}
