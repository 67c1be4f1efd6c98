import MCPStore
import MCPStoreQueue

/// A space on the page. What may become a label is bounded: services by ``SpaceSample/mostServices``, spaces by what a gateway has
/// open, statuses and outcomes by those that this version knows (others are `other`), and tools are none.
extension MetricsText {
    /// Statuses that this version knows.
    private static let statuses: Set<ServiceStatus> = [
        .initializing, .healthy, .warning, .reconnecting, .unreachable, .disconnecting, .disconnected,
    ]
    /// Upper bounds of the histograms, as powers of two of microseconds: 256 µs, 1 ms, 4 ms … 71 min.
    private static let exponents = Array(stride(from: 8, through: 32, by: 2))

    /// - Parameter sample: `nil` where the space could not be read.
    mutating func add(_ space: Space, _ sample: SpaceSample?) {
        let labels = [("namespace", space.namespace), ("dataspace", space.dataspace)]
        add("mcpstore_space_up", .gauge, "Whether the space could be read just now.", labels, sample == nil ? 0 : 1)
        guard let sample else { return }
        add(
            "mcpstore_services_omitted",
            .gauge,
            "Services beyond the first \(SpaceSample.mostServices), which are not measured.",
            labels,
            Double(sample.omitted)
        )
        for lane in sample.lanes { add(lane, labels) }
        for (name, state) in sample.services.sorted(by: { $0.key < $1.key }) { add(name, state, labels) }
        for (name, stats) in sample.stats.sorted(by: { $0.key < $1.key }) { add(name, stats, labels) }
        add("mcpstore_worker_leases", .gauge, "Workers that hold a lease.", labels, Double(sample.workers.count))
        let draining = sample.workers.filter(\.isDraining).count
        add("mcpstore_workers_draining", .gauge, "Workers that take no new jobs.", labels, Double(draining))
        let slots = sample.workers.map(\.slots).plausibleSum
        add("mcpstore_worker_slots", .gauge, "Jobs that the workers can run at the same time.", labels, Double(slots))
        let running = sample.workers.map(\.running).plausibleSum
        add("mcpstore_worker_jobs", .gauge, "Jobs that the workers ran when they last said so.", labels, Double(running))
        add("mcpstore_coordinator_leads", .gauge, "Whether a coordinator leads.", labels, sample.isLed ? 1 : 0)
    }

    private mutating func add(_ lane: LaneDepth, _ space: [(String, String)]) {
        let labels = space + [("service", lane.lane.service.name), ("lane", lane.lane.lane.rawValue)]
        add("mcpstore_jobs_queued", .gauge, "Jobs that wait for a worker.", labels, Double(lane.queued))
        add("mcpstore_jobs_running", .gauge, "Jobs that a worker has.", labels, Double(lane.running))
        let wait = Double(lane.oldestWait ?? 0) / 1_000_000
        add("mcpstore_job_oldest_wait_seconds", .gauge, "How long the oldest queued job has been waiting.", labels, wait)
    }

    private mutating func add(_ service: String, _ state: ServiceState, _ space: [(String, String)]) {
        let labels = space + [("service", service)]
        add("mcpstore_service_ready", .gauge, "Whether calls are answered now.", labels, state.status.isReady ? 1 : 0)
        var sessions: [String: Int] = [:]
        for view in state.workers.values {
            sessions[Self.statuses.contains(view.status) ? view.status.rawValue : "other", default: 0] += 1
        }
        let starts = state.workers.values.map { $0.starts ?? 0 }.plausibleSum
        add(
            "mcpstore_session_starts",
            .gauge,
            "How often the sessions that are there were started: more than sessions means restarts.",
            labels,
            Double(starts)
        )
        for (status, count) in sessions.sorted(by: { $0.key < $1.key }) {
            add("mcpstore_sessions", .gauge, "Sessions of workers, by state.", labels + [("status", status)], Double(count))
        }
    }

    private mutating func add(_ service: String, _ stats: ToolStats, _ space: [(String, String)]) {
        let labels = space + [("service", service)]
        var outcomes: [String: Int] = [:]
        for (kind, count) in stats.outcomes {
            outcomes[OutcomeKind.all.contains(kind) ? kind.rawValue : "other", default: 0] += count
        }
        for (outcome, count) in outcomes.sorted(by: { $0.key < $1.key }) {
            let labels = labels + [("outcome", outcome)]
            add("mcpstore_calls_total", .counter, "Tool calls that have ended, by outcome.", labels, Double(count))
        }
        add("mcpstore_call_retries_total", .counter, "Starts of calls beyond the first.", labels, Double(stats.retries))
        add(
            "mcpstore_call_waiting_seconds",
            "How long tool calls waited to be started.",
            labels,
            stats.waitingBuckets,
            sum: stats.waiting
        )
        add("mcpstore_call_running_seconds", "How long tool calls ran.", labels, stats.runningBuckets, sum: stats.running)
    }

    /// - Parameter counts: By ``LatencyBuckets``, of which every fourth ends at a power of two.
    private mutating func add(
        _ name: String,
        _ help: String,
        _ labels: [(String, String)],
        _ counts: [Int: Int],
        sum: Int
    ) {
        let buckets = Self.exponents.map { exponent in
            let count = counts.filter { $0.key <= exponent * 4 }.values.plausibleSum
            return (bound: Double(1 << exponent) / 1_000_000, count: count)
        }
        let count = counts.values.plausibleSum
        add(histogram: name, help, labels, buckets: buckets, count: count, sum: Double(sum) / 1_000_000)
    }
}
