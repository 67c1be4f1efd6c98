import MCPStoreQueue

/// How a call went: who ran it, and where its time went.
public struct CallReport: Sendable, Hashable {
    /// How it ended: `ok`, `toolError`, `protocolError`, `timedOut`, `cancelled`, `interrupted`, `unavailable`, or what a newer
    /// version of a worker says.
    public let outcome: String
    /// The service that was called.
    public let service: String
    /// The tool's own name; the URI where a resource was read, the prompt's name where one was asked for.
    public let tool: String
    /// The job's id.
    public let job: String
    /// The worker that ran it; `nil` where none did.
    public let worker: String?
    /// Whether making the call again does no harm: no server was asked to run it, or its tool may run twice.
    public let isSafeToRetry: Bool
    /// 1 for a call that was started once.
    public let attempt: Int
    /// From submission to start; `nil` where it never started.
    public let queued: Duration?
    /// From start to the server's answer; `nil` where it never started.
    public let run: Duration?
    /// From the answer to this caller; `nil` where that is not known.
    public let returned: Duration?

    /// - Parameter service: The name that the caller has for the service.
    init(_ outcome: Outcome, of job: Job, service: String, now: Int) {
        self.outcome = outcome.kind.rawValue
        self.service = service
        tool = job.name
        self.job = job.id
        worker = outcome.worker.isEmpty ? nil : outcome.worker
        // Where a key is consent to run it again, it may have been put back after a server was asked.
        let isConsented = !job.idempotency.isEmpty && job.keyUse == .again
        isSafeToRetry = job.mayRunAgain || outcome.isSafeToRetry && !isConsented
        attempt = outcome.attempt
        queued = outcome.waited.map { .microseconds($0) }
        run = outcome.ran.map { .microseconds($0) }
        // Two clocks' measurements may differ by less than a round trip.
        returned = outcome.finished > 0 ? .microseconds(max(now - outcome.finished, 0)) : nil
    }
}
