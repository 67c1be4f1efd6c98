import MCPStoreQueue

/// How a queued job ends that nobody fetched within its deadline: pure functions.
enum OverdueDecision {
    /// - Parameters:
    ///   - state: The state of its service; `nil` where nobody has hosted it yet.
    ///   - isPaused: Whether an operator has paused the service.
    static func outcome(for job: Job, state: ServiceState?, isPaused: Bool = false) -> Outcome {
        let seconds = Double(job.timeout) / 1000
        let name = job.service.name
        if isPaused {
            let reason = Reason(
                "it waited longer than \(CallerEnding.patience(job)) and was not started: the service '\(name)' is paused",
                phase: .waiting,
                hint: CallerEnding.resumeHint(job.service)
            )
            return Outcome(kind: .timedOut, payload: reason.payload, attempt: job.attempt)
        }
        let state = state ?? .none
        if state.status.isReady {
            // Slowed down by its server, it is not busy.
            let condition = ServiceCondition(state)
            let why =
                condition.warning.map { "service '\(name)' has the status \($0)" } ?? "the workers of service '\(name)' are busy"
            let reason = Reason(
                "it waited longer than \(CallerEnding.patience(job)) and was not started: \(why)",
                phase: .waiting,
                hint: condition.warning == nil
                    ? "give it more time, or the service more replicas or concurrency" : "give it more time"
            )
            return Outcome(kind: .timedOut, payload: reason.payload, attempt: job.attempt)
        }
        let reason = Reason(
            "no healthy session to service '\(name)' within \(seconds) s: \(state.status)"
                + (state.reason.isEmpty ? "" : ", \(state.reason)"),
            phase: .waiting
        )
        return Outcome(kind: .unavailable, payload: reason.payload, attempt: job.attempt)
    }
}
