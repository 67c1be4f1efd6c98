/// Why a job is refused before it is accepted.
extension QueueError {
    static func tooLarge(_ size: Int, _ limits: CallerLimits) -> QueueError {
        QueueError(.rejected, "the arguments are \(size) bytes, more than the \(limits.largestParameters) that are allowed")
    }

    static func inFlight(_ count: Int) -> QueueError {
        QueueError(
            .busy,
            "\(count.counted("call")) of this process \(count == 1 ? "is" : "are") in flight, which is its limit: wait for answers first"
        )
    }

    static func otherParameters(_ job: Job) -> QueueError {
        QueueError(
            .rejected,
            "the idempotency key was used with other arguments for '\(job.name)' of service '\(job.service.name)': use a new key for another call"
        )
    }

    static func lost(_ job: Job) -> QueueError {
        QueueError(
            .lost,
            "nothing is known (any more) of the run of '\(job.name)' of service '\(job.service.name)' under this idempotency key: it may have run, and is not run again"
        )
    }

    /// - Parameter retryAfter: Milliseconds.
    static func queued(_ count: Int, _ service: String, retryAfter: Int = DepthGauge.unknownRetryAfter) -> QueueError {
        busy(
            "\(count.counted("call")) \(count == 1 ? "is" : "are") queued or run for the service '\(service)', which is the limit of its lane (maxQueued)",
            retryAfter
        )
    }

    /// - Parameters:
    ///   - limit: How many there may be.
    ///   - isTenants: Whether an operator says so of the tenant, and not the configuration of this process.
    static func queued(_ count: Int, in space: Space, limit: Int, isTenants: Bool, retryAfter: Int) -> QueueError {
        let whose = isTenants ? "the limit of the tenant '\(space.namespace)'" : "this process's limit"
        return busy(
            "\(count.counted("call")) \(count == 1 ? "is" : "are") queued or run in \(space), and \(whose) is \(limit) (max-queued)",
            retryAfter
        )
    }

    private static func busy(_ what: String, _ retryAfter: Int) -> QueueError {
        var error = QueueError(.busy, "\(what): try again in \(Double(retryAfter / 100) / 10) s")
        error.retryAfter = retryAfter
        return error
    }

    package static func draining(_ service: String, in space: Space) -> QueueError {
        QueueError(
            .rejected,
            "the service '\(service)' is being drained and takes no new calls, nothing was called: mcpstore service resume \(service)\(space.commandOptions) opens it again"
        )
    }

    static func noLetter(_ id: String) -> QueueError {
        QueueError(.noLetter, "there is no dead letter \(id): it was replayed or purged, or too many came after it")
    }
}
