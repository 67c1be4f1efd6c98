import MCPStore
import MCPStoreQueue

/// The tables of the view, made of two looks: rates are those between them.
struct TopTables: Sendable {
    let before: TopLook?
    let now: TopLook

    /// Seconds between the looks; `nil` where there is one only.
    private var seconds: Double? {
        guard let before else { return nil }
        let seconds = (now.time - before.time) / .seconds(1)
        return seconds > 0 ? seconds : nil
    }

    private func rate(_ count: Int, _ earlier: Int) -> Double? { seconds.map { Double(max(count - earlier, 0)) / $0 } }

    /// Every space of the cluster that has services. Rates are those of the last minute, as the coordinator counts them.
    func spaces() -> TopTable {
        let header = ["SPACE", "SERVICES", "QUEUED", "RUNNING", "OLDEST", "CALLS/S", "ERRORS/S"]
        let rows = (now.spaces?.loads ?? []).map { load in
            [
                TopCell(load.space.description), TopCell(count: load.services), TopCell(count: load.queued),
                TopCell(count: load.running), TopCell(microseconds: load.oldestWait), TopCell(rate: load.calls),
                TopCell(rate: load.failed),
            ]
        }
        return TopTable(header: header, rows: rows)
    }

    /// One line about all spaces.
    func spacesSummary() -> String {
        guard let (loads, omitted) = now.spaces else { return "looking at all spaces" }
        let rates = loads.compactMap(\.calls)
        return
            "\(loads.count.counted("space"))\(omitted > 0 ? " (\(omitted) more)" : "")  \(loads.map(\.queued).reduce(0, +)) queued  "
            + "\(loads.map(\.running).reduce(0, +)) running  "
            + "\(TopCell(rate: rates.isEmpty ? nil : rates.reduce(0, +)).text) calls/s in the last minute"
            + (now.sample.isLed ? "" : "  no coordinator leads")
    }

    /// Every service, with its queue, its calls a second, and how long they take.
    func services() -> TopTable {
        let header = [
            "SERVICE", "STATUS", "SESSIONS", "QUEUED", "RUNNING", "OLDEST", "CALLS/S", "ERRORS/S", "P50", "P99", "CALLS",
            "ERRORS",
        ]
        let rows = now.sample.services.map { name, state in
            let lanes = now.sample.lanes.filter { $0.lane.service.name == name }
            let stats = now.sample.stats[name] ?? ToolStats()
            let earlier = before?.sample.stats[name] ?? ToolStats()
            let times = Self.since(stats.runningBuckets, earlier.runningBuckets)
            return [
                TopCell(name), TopCell(state.status.rawValue), TopCell(count: state.workers.count),
                TopCell(count: lanes.map(\.queued).reduce(0, +)), TopCell(count: lanes.map(\.running).reduce(0, +)),
                TopCell(microseconds: lanes.compactMap(\.oldestWait).max()),
                TopCell(rate: rate(stats.calls, earlier.calls)), TopCell(rate: rate(stats.errors, earlier.errors)),
                TopCell(microseconds: ToolStats.percentile(0.5, of: times)),
                TopCell(microseconds: ToolStats.percentile(0.99, of: times)),
                TopCell(count: stats.calls), TopCell(count: stats.errors),
            ]
        }
        return TopTable(header: header, rows: rows)
    }

    /// The lanes in which something waits or runs.
    func lanes() -> TopTable {
        let rows = now.sample.lanes.filter { $0.length > 0 }.map { lane in
            [
                TopCell(lane.lane.service.name), TopCell(lane.lane.lane.rawValue), TopCell(count: lane.queued),
                TopCell(count: lane.running), TopCell(microseconds: lane.oldestWait),
            ]
        }
        return TopTable(header: ["SERVICE", "LANE", "QUEUED", "RUNNING", "OLDEST"], rows: rows)
    }

    /// The workers that hold a lease.
    func workers() -> TopTable {
        let rows = now.sample.workers.map { worker in
            let services = now.sample.services.values.filter { $0.workers[worker.id] != nil }
            return [
                TopCell(worker.id), TopCell(worker.host), TopCell(count: worker.process), TopCell(count: worker.running),
                TopCell(count: worker.slots), TopCell(count: services.count), TopCell(worker.isDraining ? "draining" : "serving"),
                TopCell(worker.spaces.map(\.description).joined(separator: " ")),
            ]
        }
        return TopTable(header: ["WORKER", "HOST", "PID", "RUNNING", "SLOTS", "SERVICES", "STATE", "SPACES"], rows: rows)
    }

    /// The tools of a service that were called.
    func tools(of service: String) -> TopTable {
        let earlier = Dictionary((before?.tools ?? []).map { ($0.key, $0) }) { first, _ in first }
        let rows = now.tools.filter { $0.service == service }.map { tool in
            let was = earlier[tool.key]
            let (errors, earlierErrors) = (Self.errors(tool.outcomes), Self.errors(was?.outcomes ?? [:]))
            return [
                TopCell(tool.tool), TopCell(rate: rate(tool.calls, was?.calls ?? 0)), TopCell(rate: rate(errors, earlierErrors)),
                TopCell(microseconds: tool.waiting.p50?.microseconds), TopCell(microseconds: tool.waiting.p99?.microseconds),
                TopCell(microseconds: tool.running.p50?.microseconds), TopCell(microseconds: tool.running.p99?.microseconds),
                TopCell(count: tool.calls), TopCell(count: errors), TopCell(count: tool.retries),
            ]
        }
        let header = [
            "TOOL", "CALLS/S", "ERRORS/S", "WAIT P50", "WAIT P99", "RUN P50", "RUN P99", "CALLS", "ERRORS", "RETRIES",
        ]
        return TopTable(header: header, rows: rows)
    }

    /// One line about all of it.
    func summary(space: String) -> String {
        let (sample, earlier) = (now.sample, before?.sample)
        let calls = sample.stats.values.map(\.calls).reduce(0, +)
        let rate = TopCell(rate: rate(calls, earlier?.stats.values.map(\.calls).reduce(0, +) ?? 0)).text
        let ready = sample.services.values.filter(\.status.isReady).count
        let omitted = sample.omitted > 0 ? " (\(sample.omitted) more)" : ""
        let queued = sample.lanes.map(\.queued).reduce(0, +)
        let running = sample.lanes.map(\.running).reduce(0, +)
        return "\(space)  \(ready)/\(sample.services.count) services ready\(omitted)  \(sample.workers.count.counted("worker"))  "
            + "\(queued) queued  \(running) running  \(rate) calls/s"
            + (sample.isLed ? "" : "  no coordinator leads")
    }

    /// What was counted between the looks; all of it where nothing was.
    private static func since(_ counts: [Int: Int], _ earlier: [Int: Int]) -> [Int: Int] {
        let new = Dictionary(uniqueKeysWithValues: counts.map { ($0.key, max($0.value - (earlier[$0.key] ?? 0), 0)) })
        return new.values.contains { $0 > 0 } ? new : counts
    }

    private static func errors(_ outcomes: [String: Int]) -> Int {
        outcomes.filter { $0.key != OutcomeKind.ok.rawValue }.values.reduce(0, +)
    }
}

extension ToolStats {
    /// Calls that ended otherwise than with a result.
    fileprivate var errors: Int { outcomes.filter { $0.key != .ok }.values.reduce(0, +) }
}
