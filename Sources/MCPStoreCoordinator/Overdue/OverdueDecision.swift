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
                hint: CallerEnding.resumeHint(name)
            )
            return Outcome(kind: .timedOut, payload: reason.payload, attempt: job.attempt)
        }
        let state = state ?? .none
        if state.status.isReady {
            let reason = Reason(
                "it waited longer than \(CallerEnding.patience(job)) and was not started: the workers of service '\(name)' are busy",
                phase: .waiting,
                hint: "give it more time, or the service more replicas or concurrency"
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
