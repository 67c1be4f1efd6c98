import MCPStoreQueue
import NIOCore

/// A durable call as its record tells of it.
package struct DurableJob: Sendable {
    /// The service that it went to, by its stored name.
    package let service: String
    /// The job's id.
    package let job: String
    /// The SHA-256 of its parameters.
    package let hash: String
    /// How it ended; `nil` while it waits or runs.
    package let end: End?

    /// How a durable call ended.
    package struct End: Sendable {
        /// Who ran it, and where its time went.
        package let report: CallReport
        /// What the server answered; `nil` where none did.
        package let answer: ForwardedAnswer?
        /// Why there is no result: also where the server answered with an error.
        package let error: MCPStoreError?
        /// When it ended, in microseconds by Redis' clock.
        package let finished: Int
    }
}

/// A call of a tool that is ready to become a durable job: its tool is known and its arguments were read.
package struct PreparedCall: Sendable {
    let target: CallTarget
    /// The raw JSON object `params`.
    package let parameters: ByteBuffer

    /// The service by its stored name, and the tool's own name.
    package var service: String { target.service.name }
    package var tool: String { target.tool }

    /// The SHA-256 of its parameters, as a record has it.
    package var hash: String {
        Job(id: "", service: target.service, name: target.tool, parameters: parameters).parametersHash
    }

    /// Whether it may be submitted again under its key after such an end: it was not answered, and certainly did not run or may run twice.
    package func mayFollow(_ end: DurableJob.End) -> Bool {
        end.answer == nil && (target.mayRunAgain || end.report.outcome == OutcomeKind.unavailable.rawValue)
    }

    /// The record of an idempotency key: a key counts for one service and tool.
    package func record(key: String) -> String {
        Job.record(service: target.service.name, method: "job", name: target.tool, key: key)
    }
}

extension StoreContext {
    /// Makes a call ready.
    ///
    /// - Parameter arguments: A JSON object as its caller wrote it; nothing at all counts as `{}`.
    /// - Throws: ``MCPStoreError``: `unknownTool`, `ambiguousTool`, `invalidArguments`; `rejected` where there is no Redis.
    package func prepare(
        _ name: String,
        _ arguments: ByteBuffer,
        service: String? = nil
    ) async throws(MCPStoreError) -> PreparedCall {
        guard keepsTasks else { throw Self.noJobs }
        let target = try await resolve(name, service: service)
        return PreparedCall(target: target, parameters: try CallParameters.make(tool: target.tool, arguments: arguments))
    }

    /// Submits a call as a durable job, and waits for its outcome. Whoever stops to wait without being cancelled leaves it on its
    /// way.
    ///
    /// - Parameter record: Where its outcome is found. A record that exists already, and whose job runs or was answered, is that
    ///   of the same call: what comes second waits for that outcome, and is `rejected` where its arguments are others.
    /// - Throws: ``MCPStoreError`` where it was refused, or what became of it cannot be known.
    package func run(
        _ call: PreparedCall,
        record: String,
        timeout: Duration? = nil,
        lane: CallLane = .interactive
    ) async throws(MCPStoreError) {
        _ = try await outcome(
            call.target,
            method: "tools/call",
            parameters: call.parameters,
            timeout: timeout,
            lane: lane,
            task: record
        )
    }

    /// What has become of a durable call, by its record.
    ///
    /// - Returns: `nil` where there is no such record: it never was, or its time is over.
    /// - Throws: ``MCPStoreError``: `redis`; `rejected` where there is no Redis.
    package func durableJob(_ record: String) async throws(MCPStoreError) -> DurableJob? {
        guard let tasks = backend.durableJobs else { throw Self.noJobs }
        guard let state = try await storeErrors({ () throws(QueueError) in try await tasks.state(of: record) }) else {
            return nil
        }
        let end = state.outcome.map { outcome in
            let service = ServiceID(space: backend.space, name: state.service)
            let job = Job(id: state.job, service: service, name: "", parameters: ByteBuffer())
            let report = CallReport(outcome, of: job, service: state.service, now: 0)
            let isResult = outcome.kind == .ok || outcome.kind == .toolError
            return DurableJob.End(
                report: report,
                answer: ForwardedAnswer(outcome),
                error: isResult ? nil : MCPStoreError(outcome, method: job.method, report: report),
                finished: outcome.finished
            )
        }
        return DurableJob(service: state.service, job: state.job, hash: state.hash, end: end)
    }

    private static var noJobs: MCPStoreError { MCPStoreError(.rejected, "a store without Redis keeps no jobs") }
}
