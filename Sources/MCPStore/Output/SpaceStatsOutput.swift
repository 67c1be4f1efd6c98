import MCPStoreQueue

/// What `mcpstore stats --json` prints.
extension SpaceStats {
    /// One object; times are in microseconds.
    package var json: JSONValue {
        func times(_ sum: Int, _ buckets: [Int: Int]) -> JSONValue {
            func value(_ share: Double) -> JSONValue { ToolStats.percentile(share, of: buckets).map { .integer($0) } ?? .null }
            return ["total_us": .integer(sum), "p50_us": value(0.5), "p99_us": value(0.99)]
        }
        return [
            "space": .string(space.description), "services": .object(services.mapValues { .integer($0) }),
            "tools": .integer(tools), "calls": .integer(total.calls),
            "outcomes": .object(
                Dictionary(uniqueKeysWithValues: total.outcomes.map { ($0.key.rawValue, JSONValue.integer($0.value)) })
            ),
            "reused": .integer(total.reused.values.plausibleSum), "retries": .integer(total.retries),
            "waiting": times(total.waiting, total.waitingBuckets),
            "running": times(total.running, total.runningBuckets), "queued": .integer(queued), "executing": .integer(running),
            "oldest_wait_us": JSONOutput.microseconds(oldestWait), "delayed": .integer(delayed), "dead": .integer(dead),
            "keys": .integer(memory.keys), "bytes": .integer(memory.bytes), "bytes_estimated": .bool(memory.isEstimated),
            "redis_used_bytes": .integer(memory.used), "redis_max_bytes": .integer(memory.limit),
            "lanes": .array(
                lanes.filter { $0.length > 0 }.map { lane in
                    [
                        "service": .string(lane.lane.service.name), "lane": .string(lane.lane.lane.rawValue),
                        "queued": .integer(lane.queued), "running": .integer(lane.running),
                        "oldest_wait_us": lane.oldestWait.map { .integer($0) } ?? .null,
                    ]
                }
            ),
        ]
    }
}
