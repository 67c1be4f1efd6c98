import Synchronization
import Testing

@testable import LoadDriver

struct LoadRunTests {
    private let time = VirtualTime()

    private func scenario(_ load: LoadShape, warmUp: Double = 0, mostInFlight: Int = 100) -> Scenario {
        Scenario(load: load, warmUp: warmUp, seconds: 1, timeout: 60, mostInFlight: mostInFlight)
    }

    /// Starts it, and comes back when its timers are armed.
    private func start(_ scenario: Scenario, _ target: any LoadTarget) async -> Task<LoadMeasurement, any Error> {
        let (ready, signal) = AsyncStream.makeStream(of: Void.self)
        let run = LoadRun(scenario: scenario, target: target, time: SignallingTime(time: time) { signal.yield() })
        let task = Task { try await run.run() }
        for await _ in ready { break }
        return task
    }

    /// Lets timers fire that are due at this time until the run is over; the clock stands still.
    private func end(_ task: Task<LoadMeasurement, any Error>) async throws -> LoadMeasurement {
        let end = End()
        Task {
            let result = await task.result
            end.result.withLock { $0 = result }
        }
        await wait("the run does not end") {
            time.run(until: time.now())
            return end.result.withLock { $0 != nil }
        }
        return try #require(end.result.withLock { $0 }).get()
    }

    @Test func `latency counts from the intended start while the target stalls`() async throws {
        let target = HeldTarget()
        let task = await start(scenario(.constant(rate: 10)), target)
        time.run(until: second)
        await wait("ten calls") { target.waiting == 10 }
        time.run(until: 2 * second)
        target.release(CallAnswer(outcome: "ok", queued: 5, run: 70, returned: 9))
        let report = LoadReport(try await end(task))
        let total = try #require(report[.total])
        #expect(report.outcomes == ["ok": 10])
        // Ten independent arrivals: 2.0, 1.9, … 1.1 s. Callers that wait for each other would have seen one stall only.
        #expect(total.count == 10)
        #expect(total.max == 2_000_000)
        #expect(abs(total.min / 1_100_000 - 1) < 0.001)
        #expect(abs(total.mean / 1_550_000 - 1) < 0.001)
        #expect(report[.queued]?.max == 5)
        #expect(report[.run]?.max == 70)
        #expect(report[.returned]?.max == 9)
        // Nothing was answered while it was measured.
        #expect(report.rate == 0)
        #expect(report.lateness?.max == 0)
    }

    @Test func `a late driver says so, and hides nothing`() async throws {
        let target = HeldTarget()
        let task = await start(scenario(.constant(rate: 10)), target)
        time.oversleep(until: 950 * millisecond)
        time.run(until: 950 * millisecond)
        await wait("ten calls") { target.waiting == 10 }
        target.release()
        await wait("answers") { target.waiting == 0 }
        time.run(until: second)
        let report = LoadReport(try await end(task))
        #expect(report.lateness?.count == 10)
        #expect(report.lateness?.max == 950_000)
        #expect(try #require(report[.total]).max >= 950_000)
        #expect(Warnings(report).texts.contains { $0.contains("LATE") })
    }

    @Test func `calls past the bound are not started, and counted`() async throws {
        let target = HeldTarget()
        let task = await start(scenario(.constant(rate: 10), mostInFlight: 4), target)
        time.run(until: second)
        await wait("four calls") { target.waiting == 4 }
        target.release()
        let report = LoadReport(try await end(task))
        #expect(report.outcomes == ["ok": 4, "notStarted": 6])
        #expect(report.calls == 10)
        #expect(report.errors == 6)
        #expect(Warnings(report).texts.contains { $0.contains("6 calls were NOT STARTED") })
    }

    @Test(arguments: [LoadShape.constant(rate: 10), .closed(callers: 10)])
    func `calls that never end are given up and counted`(load: LoadShape) async throws {
        let target = HeldTarget()
        let task = await start(scenario(load), target)
        time.run(until: second)
        await wait("ten calls") { target.waiting == 10 }
        time.run(until: 60 * second + 999 * millisecond)
        time.run(until: 61 * second)
        let report = LoadReport(try await end(task))
        #expect(report.outcomes == ["unanswered": 10])
        #expect(report[.total]?.max == 61_000_000)
        #expect(Warnings(report).texts.contains { $0.contains("10 calls were UNANSWERED") })
        target.release()
    }

    @Test func `the warm-up is made and not recorded`() async throws {
        let target = HeldTarget()
        let task = await start(scenario(.constant(rate: 10), warmUp: 1), target)
        time.run(until: 1_950 * millisecond)
        await wait("twenty calls") { target.waiting == 20 }
        target.release()
        await wait("answers") { target.waiting == 0 }
        time.run(until: 2 * second)
        let report = LoadReport(try await end(task))
        #expect(target.calls.count == 20)
        #expect(report.calls == 10)
        #expect(report[.total]?.count == 10)
    }

    @Test func `a closed loop calls again when it is answered`() async throws {
        let target = HeldTarget()
        let task = await start(scenario(.closed(callers: 3)), target)
        for round in 1...4 {
            await wait("round \(round)") { target.calls.count == 3 * round && target.waiting == 3 }
            time.run(until: UInt64(round) * 200 * millisecond)
            target.release()
        }
        await wait("the last round") { target.waiting == 3 }
        time.run(until: second)
        target.release()
        let measurement = try await end(task)
        let report = LoadReport(measurement)
        #expect(report.outcomes == ["ok": 15])
        #expect(report.lateness == nil)
        #expect(report.seconds == 1)
        // The last three came at the end, not before it.
        #expect(report.rate == 12)
        #expect(report.series.map(\.answered) == [12])
    }

    @Test func `cancelling ends it early with what was measured`() async throws {
        let target = HeldTarget()
        let task = await start(scenario(.constant(rate: 10)), target)
        time.run(until: 450 * millisecond)
        await wait("five calls") { target.waiting == 5 }
        task.cancel()
        let report = LoadReport(try await end(task))
        #expect(report.endedEarly)
        #expect(report.leftOut == 5)
        #expect(report.outcomes.isEmpty)
        #expect(report.seconds == 0.45)
        #expect(Warnings(report).texts.contains { $0.contains("Ended early") && $0.contains("5 calls") })
        target.release()
    }

    @Test func `errors are counted by kind with a few first lines`() async throws {
        let target = InstantTarget(answer: CallAnswer(outcome: "busy", message: "no slot\nfree"))
        let task = await start(scenario(.bursts(size: 5, every: 0.5)), target)
        time.run(until: second)
        let report = LoadReport(try await end(task))
        #expect(report.outcomes == ["busy": 10])
        #expect(report.examples == ["busy": ["no slot"]])
        #expect(report.rate == 0)
    }

    @Test func `progress comes at most five times a second, and each phase once`() async throws {
        let figures = Mutex<[LiveFigures]>([])
        let phases = Mutex<[LoadPhase]>([])
        let (ready, signal) = AsyncStream.makeStream(of: Void.self)
        let run = LoadRun(
            scenario: scenario(.constant(rate: 10), warmUp: 0.5),
            target: InstantTarget(),
            time: SignallingTime(time: time) { signal.yield() },
            onProgress: { figure in figures.withLock { $0.append(figure) } },
            onPhase: { phase in phases.withLock { $0.append(phase) } }
        )
        let task = Task { try await run.run() }
        for await _ in ready { break }
        time.run(until: 1_500 * millisecond)
        _ = try await end(task)
        #expect(phases.withLock { $0 } == [.warmUp, .measuring, .draining])
        let count = figures.withLock { $0.count }
        #expect((6...8).contains(count), "\(count)")
        #expect(figures.withLock { $0.map(\.elapsed) }.allSatisfy { $0 >= 0 && $0 <= 1.5 })
    }

    @Test func `a scenario out of its range is not run`() async {
        let run = LoadRun(scenario: Scenario(seconds: 0), target: InstantTarget(), time: time)
        await #expect(throws: ScenarioError("seconds", "is 0; it must be 0.1 to 86400 seconds")) {
            _ = try await run.run()
        }
    }
}

/// How a run ended, once it has.
private final class End: Sendable {
    let result = Mutex<Result<LoadMeasurement, any Error>?>(nil)
}

/// Says when the control timer, the last one, is armed for the first time.
private struct SignallingTime: LoadTime {
    let time: VirtualTime
    let onArm: @Sendable () -> Void

    func now() -> UInt64 { time.now() }

    func timer(_ label: String, _ action: @escaping @Sendable () -> Void) -> any LoadTimer {
        let timer = time.timer(label, action)
        return label == "loadtest.control" ? SignallingTimer(timer: timer, onArm: onArm) : timer
    }
}

private struct SignallingTimer: LoadTimer {
    let timer: any LoadTimer
    let onArm: @Sendable () -> Void

    func arm(at moment: UInt64) {
        timer.arm(at: moment)
        onArm()
    }
    func cancel() { timer.cancel() }
}
