import MCPStore
import MCPStoreQueue

extension SpaceStats {
    var text: String {
        let statuses = services.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        let count = services.values.reduce(0, +)
        let reused = total.reused.values.plausibleSum
        let outcomes = total.outcomes.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) \($0.key)" }
        var lines = [
            "space      \(space)",
            "services   \(count)" + (count == 0 ? "" : ": \(statuses)"),
            "tools      \(tools)",
            "calls      \(total.calls)" + (total.calls == 0 ? "" : ": \(outcomes.joined(separator: ", "))")
                + (total.retries == 0 ? "" : "; \(total.retries) retries")
                + (reused == 0 ? "" : "; \(reused) with the answer of another call"),
        ]
        if total.calls > 0 {
            lines.append("waiting    \(Self.times(total.waitingBuckets))")
            lines.append("running    \(Self.times(total.runningBuckets))")
        }
        var queue = "queue      \(queued) queued, \(running) running"
        if let oldestWait { queue += ", the oldest waits \(oldestWait.tableText)" }
        if delayed > 0 { queue += ", \(delayed) delayed" }
        if dead > 0 { queue += ", \(dead) given up" }
        lines.append(queue)
        let about = memory.isEstimated ? "about " : ""
        var use = "memory     \(about)\(ServerChecks.bytes(memory.bytes)) in \(memory.keys) keys"
        if memory.used > 0 {
            use += "; Redis uses \(ServerChecks.bytes(memory.used))"
            if memory.limit > 0 { use += " of \(ServerChecks.bytes(memory.limit))" }
        }
        lines.append(use)
        var table = Table("SERVICE", "LANE", "QUEUED", "RUNNING", "OLDEST WAIT")
        for lane in lanes where lane.length > 0 {
            table.add(
                lane.lane.service.name,
                lane.lane.lane.rawValue,
                "\(lane.queued)",
                "\(lane.running)",
                lane.oldestWait.map { Duration.microseconds($0).tableText } ?? ""
            )
        }
        return lines.joined(separator: "\n") + (table.isEmpty ? "" : "\n\n" + table.text)
    }

    private static func times(_ buckets: [Int: Int]) -> String {
        func text(_ share: Double) -> String {
            ToolStats.percentile(share, of: buckets).map { Duration.microseconds($0).tableText } ?? "-"
        }
        return "p50 \(text(0.5)), p99 \(text(0.99))"
    }
}
