import Foundation
import LoadDriver

/// One run of a scenario, from the start of its processes to their end.
enum ScenarioRun {
    /// - Parameters:
    ///   - redis: The Redis to use; `nil`: a private one.
    ///   - showsProgress: Whether standard error is to show a line that changes.
    static func run(_ scenario: Scenario, redis: String?, showsProgress: Bool) async throws -> LoadReport {
        let bed = try await TestBed(scenario, redis: redis) { note($0) }
        return try await using(bed) { bed, target in
            try await measure(scenario, target, on: bed, showsProgress: showsProgress)
        }
    }

    /// Starts what the bed's scenario needs, and takes it back however `body` ends.
    static func using<Value: Sendable>(
        _ bed: TestBed,
        _ body: (TestBed, any TestTarget) async throws -> Value
    ) async throws -> Value {
        var target: (any TestTarget)?
        let result: Result<Value, any Error>
        do {
            let started = try await bed.start()
            target = started
            result = .success(try await body(bed, started))
        } catch {
            result = .failure(error)
        }
        let used = target
        // In a task of its own: a run that was cancelled takes everything back all the same.
        await Task {
            await used?.close()
            await bed.stop()
        }.value
        return try result.get()
    }

    /// What happens to be wrong goes to standard error, where a program that reads the result does not see it.
    static func note(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }

    /// One measurement, which may be repeated on the same bed.
    static func measure(
        _ scenario: Scenario,
        _ target: any TestTarget,
        on bed: TestBed,
        showsProgress: Bool
    ) async throws -> LoadReport {
        // The warm-up is a run of its own, so that counters are read while nothing is in flight.
        if scenario.warmUp > 0 {
            var warmUp = scenario
            (warmUp.warmUp, warmUp.seconds) = (0, scenario.warmUp)
            _ = try await LoadRun(scenario: warmUp, target: target).run()
        }
        var measured = scenario
        measured.warmUp = 0
        let line = StatusLine(isShown: showsProgress)
        let depth = Task { await line.followDepth(of: bed) }
        defer { depth.cancel() }
        let before = try await bed.usage()
        var measurement = try await LoadRun(scenario: measured, target: target, onProgress: { line.show($0) }).run()
        line.clear()
        try Task.checkCancellation()
        let after = try await bed.usage()
        measurement.scenario = scenario
        var report = LoadReport(measurement)
        let calls = Int(report.outcomes["ok"] ?? 0)
        if calls > 0, scenario.target != .direct {
            report.redis = RedisFigures(
                version: try RedisUsage.version(HiredisConnection(bed.address)),
                cpuMicrosecondsPerCall: (after.redis.cpu - before.redis.cpu) * 1e6 / Double(calls),
                commandsPerCall: Double(after.redis.count(since: before.redis)) / Double(calls),
                commands: after.redis.commands(since: before.redis, jobs: calls).prefix(12).map {
                    CommandFigures(name: $0.name, callsPerCall: $0.calls, microsecondsPerCall: $0.microseconds)
                },
                bytesPerQueuedJob: await bed.bytesPerQueuedJob
            )
            report.worker = WorkerFigures(
                cpuMicrosecondsPerCall: (after.workerCPU - before.workerCPU) * 1e6 / Double(calls),
                memoryBytes: after.workerMemory
            )
        }
        report.machine = Machine.figures
        return report
    }
}
