import Foundation
import LoadDriver
import TestSupport

/// One run: a cluster under load, its faults in the order of the schedule, and what comes of it.
struct ChaosRun: Sendable {
    let plan: ClusterPlan
    /// One of each part; they run side by side.
    let schedules: [Schedule]
    let milliseconds: Int
    let directory: String

    /// Breaks the cluster for as long as the run takes, and gathers what is known of it afterwards.
    ///
    /// - Throws: ``ChaosError`` and others where the run could not be made; `CancellationError`.
    func run() async throws -> Evidence {
        let cluster = try await ChaosCluster(plan, directory: directory)
        let result: Result<Evidence, any Error>
        do { result = .success(try await run(on: cluster)) } catch { result = .failure(error) }
        // In a task of its own: a run that was cancelled takes everything back all the same.
        await Task {
            do { try await cluster.keepLogs() } catch { Console.note("the logs were not kept: \(error)") }
            await cluster.stop()
            await keepRedis(cluster)
        }.value
        return try result.get()
    }

    private func run(on cluster: ChaosCluster) async throws -> Evidence {
        try await cluster.startServers()
        try await cluster.startCallers()
        Console.note(
            "\(plan.coordinators) coordinators, \(plan.workers) workers, \(plan.gateways) gateways, \(plan.callers) callers; logs in \(directory)"
        )
        let faults = try await load(cluster)
        Console.status("waiting for the calls that are under way")
        var hanging = await cluster.endCallers()
        hanging += await cluster.endGateways()
        // Calls of callers that were killed may be queued for as long as they may take.
        var left = try await cluster.waitForNothingLeft(within: .seconds(45))
        let stats = try await cluster.stats()
        let lapses = try await lapses(cluster)
        Console.status("stopping the cluster")
        await cluster.endServers()
        left.processes += try await serversLeft(by: cluster)
        try await cluster.keepLogs()
        Console.status("reading what callers, tools and Redis wrote down")
        let ledgers = await cluster.ledgers
        await cluster.redis.stop()
        var evidence = try read(ledgers, of: cluster)
        evidence.faults = faults
        if plan.appendfsync != "always" { evidence.windows = faults.filter(\.losesUnsynced).map { $0.from...$0.to } }
        evidence.hanging = hanging
        evidence.left = left
        evidence.stats = stats
        evidence.lapses = lapses
        return evidence
    }

    /// What callers, tools and Redis wrote down.
    private func read(_ ledgers: [String: Bool], of cluster: ChaosCluster) throws -> Evidence {
        var evidence = Evidence()
        for (name, wasKilled) in ledgers.sorted(by: { $0.key < $1.key }) {
            let path = "\(directory)/ledgers/\(name)"
            // One that was killed before its first call has none.
            guard FileManager.default.fileExists(atPath: path) else { continue }
            evidence.callers.append(try CallerLedger(name: name, path: path, wasKilled: wasKilled))
        }
        for service in plan.services {
            evidence.executions.merge(try Execution.read(cluster.record(of: service.name))) { old, _ in old }
        }
        evidence.log = try RedisLog(directory: cluster.redis.directory.path)
        evidence.forgotten = try RedisLog(parts: try cluster.lostParts()).jobs.keys.count { evidence.log.jobs[$0] == nil }
        return evidence
    }

    /// Lets the time pass and the faults happen.
    private func load(_ cluster: ChaosCluster) async throws -> [FaultSpan] {
        let start = ContinuousClock.now
        let progress = Task { try await showProgress(since: start) }
        defer { progress.cancel() }
        let spans = try await withThrowingTaskGroup(of: [FaultSpan].self) { group in
            for schedule in schedules { group.addTask { try await apply(schedule, to: cluster, since: start) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        try await Task.sleep(until: start + .milliseconds(milliseconds))
        return spans
    }

    private func apply(_ schedule: Schedule, to cluster: ChaosCluster, since start: ContinuousClock.Instant) async throws
        -> [FaultSpan]
    {
        var spans: [FaultSpan] = []
        for event in schedule.events {
            try await Task.sleep(until: start + .milliseconds(event.at))
            // Some faults take longer to be made than planned, on a slow machine much longer: the run does not.
            guard ContinuousClock.now - start < .milliseconds(milliseconds) else { break }
            let fault = try FaultCatalog.find(event.name)
            var random = SeededGenerator(seed: event.draw)
            var span = FaultSpan(
                name: event.name,
                tolerance: fault.tolerance,
                from: Microseconds.now,
                to: .max,
                outcomes: fault.outcomes,
                losesUnsynced: fault.losesUnsynced
            )
            do {
                let undo = try await fault.apply(to: cluster, &random)
                try await Task.sleep(for: .milliseconds(event.length))
                try await undo()
            } catch {
                throw error is CancellationError ? error : ChaosError("\(event): \(error)")
            }
            span.to = Microseconds.now
            spans.append(span)
        }
        return spans
    }

    private func showProgress(since start: ContinuousClock.Instant) async throws {
        let events = schedules.flatMap(\.events).sorted { $0.at < $1.at }
        while Console.isTerminal {
            let now = Int((ContinuousClock.now - start) / .milliseconds(1))
            let faults = events.filter { $0.at <= now }
            let bytes = try FileManager.default.contentsOfDirectory(atPath: "\(directory)/ledgers").reduce(0) { sum, name in
                let size = try FileManager.default.attributesOfItem(atPath: "\(directory)/ledgers/\(name)")[.size] as? Int
                return sum + (size ?? 0)
            }
            // A call takes about 125 bytes of a ledger.
            Console.status(
                "\(now / 1000) of \(milliseconds / 1000) s, about \(bytes / 125) calls, \(faults.count) of \(events.count) faults"
                    + (faults.last.map { ", last \($0.name)" } ?? "")
            )
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// Registrations beyond the first of workers that nobody froze, cut off, or kept from Redis.
    private func lapses(_ cluster: ChaosCluster) async throws -> Int {
        guard try schedules.flatMap(\.events).allSatisfy({ try !FaultCatalog.find($0.name).takesLeases }) else { return 0 }
        return await cluster.members(.worker).reduce(0) { sum, worker in
            sum + max(0, worker.process.output.split(separator: "\n").count { $0.contains(" worker registered ") } - 1)
        }
    }

    /// MCP servers go with their workers; the last of them may take as long as the kernel and the guardian need.
    private func serversLeft(by cluster: ChaosCluster) async throws -> [String] {
        do {
            try await eventually("no MCP server is left", within: .seconds(10)) { try cluster.allServers().isEmpty }
            return []
        } catch is NotInTime {
            return try cluster.allServers().map { "process \($0) after its worker's end: \(ProcessTable.command(of: $0))" }
        }
    }

    /// Moves Redis' log to the others.
    private func keepRedis(_ cluster: ChaosCluster) async {
        do {
            try FileManager.default.moveItem(
                atPath: cluster.redis.directory.path + "/appendonlydir",
                toPath: "\(directory)/appendonlydir"
            )
        } catch { Console.note("Redis' log was not kept: \(error)") }
        cluster.redis.directory.remove()
    }
}
