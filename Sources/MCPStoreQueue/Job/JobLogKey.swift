import Logging

/// Every metadata key of a worker's log lines about one job.
package enum JobLogKey: String, CaseIterable {
    case service
    case job
    case attempt
    case deaths
    case outcome
    case waited = "waited_us"
    case ran = "ran_us"
    /// Of W3C Trace Context, where the job has one.
    case trace = "trace_id"
}

extension Logger {
    /// Logs about a job with the keys of ``JobLogKey`` only.
    package func log(_ level: Level, _ message: Message, of job: Job, _ more: [JobLogKey: String] = [:]) {
        guard level >= logLevel else { return }
        var keys: [JobLogKey: String] = [.service: job.service.description, .job: job.id, .attempt: String(job.attempt)]
        if let trace = JobTrace(field: job.trace) { keys[.trace] = trace.traceID }
        keys.merge(more) { $1 }
        log(level: level, message, metadata: Dictionary(uniqueKeysWithValues: keys.map { ($0.key.rawValue, "\($0.value)") }))
    }
}
