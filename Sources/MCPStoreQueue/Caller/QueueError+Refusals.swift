/// Why a job is refused before it is accepted.
extension QueueError {
    static func tooLarge(_ size: Int, _ limits: CallerLimits) -> QueueError {
        QueueError(.rejected, "the arguments are \(size) bytes, more than the \(limits.largestParameters) that are allowed")
    }

    static func inFlight(_ count: Int) -> QueueError {
        QueueError(.busy, "\(count) calls of this process are in flight, which is its limit: wait for answers first")
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
        busy("\(count) jobs are queued for service '\(service)'", retryAfter)
    }

    static func queued(_ count: Int, in space: Space, retryAfter: Int) -> QueueError {
        busy("\(count) jobs are queued in \(space)", retryAfter)
    }

    private static func busy(_ what: String, _ retryAfter: Int) -> QueueError {
        var error = QueueError(.busy, "\(what): try again in \(Double(retryAfter / 100) / 10) s")
        error.retryAfter = retryAfter
        return error
    }

    package static func draining(_ service: String) -> QueueError {
        QueueError(
            .rejected,
            "the service '\(service)' is being drained and takes no new calls, nothing was called: mcpstore service resume \(service) opens it again"
        )
    }

    static func noLetter(_ id: String) -> QueueError {
        QueueError(.noLetter, "there is no dead letter \(id): it was replayed or purged, or too many came after it")
    }
}
