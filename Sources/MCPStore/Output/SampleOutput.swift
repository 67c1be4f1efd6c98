import MCPStoreQueue

/// A space at a glance, for machines.
package enum SampleOutput {
    /// The members of `mcpstore stats --json`, but for memory and what is delayed or was given up: those take more commands than
    /// whoever asks every second should cost. Calls are those of tools.
    package static func json(_ sample: SpaceSample, space: String) -> JSONValue {
        var total = ToolStats()
        for stats in sample.stats.values { total.add(stats) }
        let lanes = sample.lanes.filter { $0.length > 0 }
        var services: [String: JSONValue] = [:]
        for (status, states) in Dictionary(grouping: sample.services.values, by: \.status.rawValue) {
            services[status] = .integer(states.count)
        }
        return [
            "space": .string(space), "services": .object(services), "omitted": .integer(sample.omitted),
            "workers": .integer(sample.workers.count), "led": .bool(sample.isLed), "calls": .integer(total.calls),
            "outcomes": .object(
                Dictionary(uniqueKeysWithValues: total.outcomes.map { ($0.key.rawValue, JSONValue.integer($0.value)) })
            ),
            "retries": .integer(total.retries), "waiting": times(total.waiting, total.waitingBuckets),
            "running": times(total.running, total.runningBuckets),
            "queued": .integer(lanes.map(\.queued).reduce(0, +)), "executing": .integer(lanes.map(\.running).reduce(0, +)),
            "oldest_wait_us": lanes.compactMap(\.oldestWait).max().map { .integer($0) } ?? .null,
            "lanes": .array(
                lanes.map { lane in
                    [
                        "service": .string(lane.lane.service.name), "lane": .string(lane.lane.lane.rawValue),
                        "queued": .integer(lane.queued), "running": .integer(lane.running),
                        "oldest_wait_us": lane.oldestWait.map { .integer($0) } ?? .null,
                    ]
                }
            ),
        ]
    }

    private static func times(_ sum: Int, _ buckets: [Int: Int]) -> JSONValue {
        func value(_ share: Double) -> JSONValue { ToolStats.percentile(share, of: buckets).map { .integer($0) } ?? .null }
        return ["total_us": .integer(sum), "p50_us": value(0.5), "p99_us": value(0.99)]
    }
}
