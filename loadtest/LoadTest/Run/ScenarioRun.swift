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
        _ body: (TestBed, any LoadTarget) async throws -> Value
    ) async throws -> Value {
        let result: Result<Value, any Error>
        do { result = .success(try await body(bed, try await bed.start())) } catch { result = .failure(error) }
        // In a task of its own: a run that was cancelled takes everything back all the same.
        await Task { await bed.stop() }.value
        return try result.get()
    }

    /// What happens to be wrong goes to standard error, where a program that reads the result does not see it.
    static func note(_ line: String) { StandardError.write("\(line)\n") }

    /// One measurement, which may be repeated on the same bed. Where the task is cancelled while it is measured, what was measured
    /// until then.
    ///
    /// - Throws: `CancellationError` where it is cancelled before; ``FloorError`` where Redis has gone before.
    static func measure(
        _ scenario: Scenario,
        _ target: any LoadTarget,
        on bed: TestBed,
        showsProgress: Bool
    ) async throws -> LoadReport {
        // The warm-up is a run of its own, so that counters are read while nothing is in flight.
        let line = StatusLine(isShown: showsProgress)
        defer { line.clear() }
        let depth = try await showsProgress ? bed.queueDepth() : nil
        depth?.follow { line.setDepth($0) }
        defer { depth?.stop() }
        if let warmUp = scenario.warmUpRun {
            _ = try await LoadRun(scenario: warmUp, target: target, onProgress: { line.show($0, as: .warmUp) }).run()
            try Task.checkCancellation()
        }
        var measured = scenario
        measured.warmUp = 0
        let before = try await bed.usage()
        var measurement = try await LoadRun(scenario: measured, target: target, onProgress: { line.show($0) }).run()
        measurement.scenario = scenario
        var report = LoadReport(measurement)
        if scenario.target != .direct {
            // What was measured of the calls is worth having, also where Redis has gone away.
            do { try await addUsage(since: before, of: bed, to: &report) } catch {
                line.clear()
                note("what the calls cost Redis and the workers is not known: \(error)")
            }
        }
        report.machine = Machine.figures
        return report
    }

    private static func addUsage(since before: Usage, of bed: TestBed, to report: inout LoadReport) async throws {
        let after = try await bed.usage()
        let calls = Int(report.outcomes["ok"] ?? 0)
        guard calls > 0 else { return }
        report.redis = RedisFigures(
            version: try RedisUsage.version(HiredisConnection(bed.address)),
            cpuMicrosecondsPerCall: (after.redis.cpu - before.redis.cpu) * 1e6 / Double(calls),
            commandsPerCall: Double(after.redis.count(since: before.redis)) / Double(calls),
            commands: after.redis.commands(since: before.redis, jobs: calls).prefix(12).map {
                CommandFigures(name: $0.name, callsPerCall: $0.calls, microsecondsPerCall: $0.microseconds)
            },
            bytesPerQueuedJob: await bed.bytesPerQueuedJob
        )
        guard let cpu = after.workerCPU(since: before) else {
            return note("what the calls cost the workers is not known: one of them ended, or came, while it was measured")
        }
        report.worker = WorkerFigures(cpuMicrosecondsPerCall: cpu * 1e6 / Double(calls), memoryBytes: after.workerMemory)
    }
}
