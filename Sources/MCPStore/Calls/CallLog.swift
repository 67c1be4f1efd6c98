import Logging
import MCPStoreQueue
import NIOCore

/// One debug line per call as its caller saw it: where it went, how long it took, how it ended; never arguments or results.
/// Exists only where the level is on, so that nothing is computed otherwise.
struct CallLog {
    private let job: Job
    private let logger: Logger
    private let start = NIODeadline.now()

    init?(_ job: Job, _ logger: Logger) {
        guard logger.logLevel <= .debug else { return nil }
        self.job = job
        self.logger = logger
    }

    /// The call has its outcome.
    func ended(_ outcome: Outcome) {
        var metadata = common(outcome.kind.rawValue)
        metadata["mcp_bytes_received"] = "\(outcome.payload.readableBytes)"
        metadata["attempt"] = "\(outcome.attempt)"
        if !outcome.worker.isEmpty { metadata["worker"] = "\(outcome.worker)" }
        logger.debug("MCP call \(job.method)", metadata: metadata)
    }

    /// The call was refused, or what became of it cannot be known.
    func failed(_ error: MCPStoreError) {
        logger.debug("MCP call \(job.method)", metadata: common(error.code.description))
    }

    private func common(_ outcome: String) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "service": "\(job.service.name)", "mcp_name": "\(job.name.oneLine)", "mcp_outcome": "\(outcome)", "job": "\(job.id)",
            "mcp_bytes_sent": "\(job.parameters.readableBytes)",
            "mcp_duration": "\(((NIODeadline.now() - start).nanoseconds / 1000)) µs",
        ]
        if let trace = JobTrace(field: job.trace) { metadata["trace_id"] = "\(trace.traceID)" }
        return metadata
    }
}
