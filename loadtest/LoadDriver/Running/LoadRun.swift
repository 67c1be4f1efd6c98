import Foundation

/// Makes the calls of a scenario and measures them. To be run once.
package struct LoadRun: Sendable {
    private let scenario: Scenario
    private let target: any LoadTarget
    private let time: any LoadTime
    private let onPhase: @Sendable (LoadPhase) -> Void
    private let onProgress: @Sendable (LiveFigures) -> Void

    /// - Parameters:
    ///   - time: For tests.
    ///   - onProgress: Called at most five times a second, never beside itself.
    ///   - onPhase: Called when a phase begins, such as to read counters of Redis. Not for waiting.
    package init(
        scenario: Scenario,
        target: any LoadTarget,
        time: any LoadTime = DispatchTimeSource(),
        onProgress: @escaping @Sendable (LiveFigures) -> Void = { _ in },
        onPhase: @escaping @Sendable (LoadPhase) -> Void = { _ in }
    ) {
        self.scenario = scenario
        self.target = target
        self.time = time
        self.onPhase = onPhase
        self.onProgress = onProgress
    }

    /// Runs it to the end. Cancelling the task ends the run early, with what was measured until then.
    ///
    /// A call that does not end, although its task is cancelled at the end, goes on: it holds what it holds.
    ///
    /// - Throws: ``ScenarioError`` for a value out of its range.
    package func run() async throws -> LoadMeasurement {
        try scenario.validate()
        let session = LoadSession(
            scenario: scenario,
            target: target,
            time: time,
            onPhase: onPhase,
            onProgress: onProgress
        )
        return await withTaskCancellationHandler {
            await withCheckedContinuation { session.begin($0) }
        } onCancel: {
            session.cancel()
        }
    }
}
