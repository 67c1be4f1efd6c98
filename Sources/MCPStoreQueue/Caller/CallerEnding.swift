/// How a job ends whose caller no longer waits: pure functions.
package enum CallerEnding {
    /// The outcome that is settled, without where the job was.
    ///
    /// - Parameters:
    ///   - kind: `timedOut` or `cancelled`.
    ///   - service: What is known of its service.
    static func outcome(of job: Job, as kind: OutcomeKind, service: ServiceCondition = .good) -> Outcome {
        let seconds = Double(job.timeout) / 1000
        if kind == .cancelled {
            return Outcome(kind: kind, payload: Reason("the caller cancelled the call").payload, attempt: job.attempt)
        }
        if service.isPaused {
            let message = "no answer within \(seconds) s: the service '\(job.service.name)' is paused"
            return Outcome(kind: kind, payload: Reason(message, hint: resumeHint(job.service)).payload, attempt: job.attempt)
        }
        if let trouble = service.trouble {
            let message = "no healthy session to service '\(job.service.name)' within \(seconds) s: \(trouble)"
            return Outcome(kind: .unavailable, payload: Reason(message).payload, attempt: job.attempt)
        }
        let warning = service.warning.map { "; service '\(job.service.name)' has the status \($0)" } ?? ""
        let reason = Reason(
            "no answer within \(seconds) s: the caller's deadline passed\(warning)",
            hint: "give it more time with --timeout"
        )
        return Outcome(kind: kind, payload: reason.payload, attempt: job.attempt)
    }

    /// What to do about a service that was paused.
    package static func resumeHint(_ service: ServiceID) -> String {
        "mcpstore service resume \(service.name)\(service.space.commandOptions) starts what waits"
    }

    /// The outcome as it was settled, with where the job was.
    ///
    /// - Parameter owner: The worker that was running it; `nil` where it was waiting, empty where that is not known.
    static func placed(_ outcome: Outcome, owner: String?) -> Outcome {
        var outcome = outcome
        var reason = Reason(payload: outcome.payload)
        if owner != "" { reason.phase = (owner == nil ? Reason.Phase.waiting : .running).rawValue }
        outcome.payload = reason.payload
        outcome.worker = owner ?? ""
        return outcome
    }

    /// The outcome for somebody whose wait for the run of another is over; that goes on.
    static func left(_ job: Job, as kind: OutcomeKind) -> Outcome {
        let reason =
            kind == .cancelled
            ? Reason("the caller cancelled its wait; the run under the same idempotency key goes on")
            : Reason(
                "no answer within \(Double(job.timeout) / 1000) s: the run under the same idempotency key goes on",
                hint: "call again with the same key"
            )
        return Outcome(kind: kind, payload: reason.payload)
    }

    /// The outcome of a job that came to a worker when its time was over.
    ///
    /// - Parameter service: What is known of its service.
    static func notStarted(_ job: Job, service: ServiceCondition = .good) -> Outcome {
        let isPaused = service.isPaused
        let said = (service.trouble ?? service.warning).map { ": \($0)" } ?? ""
        let why = isPaused ? ": the service '\(job.service.name)' is paused" : said
        let reason = Reason(
            "it waited longer than \(patience(job)) and was not started\(why)",
            phase: .waiting,
            hint: isPaused ? resumeHint(job.service) : nil
        )
        return Outcome(kind: .timedOut, payload: reason.payload, attempt: job.attempt)
    }

    /// How long a job may wait that was not started, in words.
    package static func patience(_ job: Job) -> String {
        let isLimited = job.waitLimit > 0 && job.waitLimit < job.timeout && job.attempt == 1 && job.deaths == 0
        return isLimited
            ? "its limit for waiting of \(Double(job.waitLimit) / 1000) s" : "its deadline of \(Double(job.timeout) / 1000) s"
    }

    /// The outcome of a queued job whose service was removed.
    static func removed(_ job: Job) -> Outcome {
        let reason = Reason("the service '\(job.service.name)' was removed", phase: .waiting)
        return Outcome(kind: .unavailable, payload: reason.payload, attempt: job.attempt)
    }
}
