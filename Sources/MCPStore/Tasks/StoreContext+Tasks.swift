import MCPStoreQueue
import NIOCore

/// What has become of a durable call.
package enum TaskState: Sendable {
    /// It waits or runs.
    case working
    /// A server answered.
    case answered(ForwardedAnswer, finished: Int)
    /// It was taken back.
    case cancelled(finished: Int)
    /// It ended without an answer.
    case failed(MCPStoreError, finished: Int)
}

extension StoreContext {
    /// Whether calls can be made durable: where Redis is used.
    package var keepsTasks: Bool { backend.durableJobs != nil }

    /// How long the outcome of a durable call is kept after its end, in milliseconds.
    package static var taskRetention: Int { Job.defaultRetention }

    /// What has become of a durable call, by its record. Times are microseconds by Redis' clock.
    ///
    /// - Returns: `nil` where there is no such record.
    /// - Throws: ``MCPStoreError`` (`redis`).
    package func task(_ record: String) async throws(MCPStoreError) -> TaskState? {
        guard let tasks = backend.durableJobs else { return nil }
        guard let state = try await storeErrors({ () throws(QueueError) in try await tasks.state(of: record) }) else {
            return nil
        }
        guard let outcome = state.outcome else { return .working }
        if let answer = ForwardedAnswer(outcome) { return .answered(answer, finished: outcome.finished) }
        if outcome.kind == .cancelled { return .cancelled(finished: outcome.finished) }
        let service = ServiceID(space: backend.space, name: state.service)
        let job = Job(id: state.job, service: service, name: "task", parameters: ByteBuffer())
        let report = CallReport(outcome, of: job, service: state.service, now: backend.queue.now)
        return .failed(MCPStoreError(outcome, method: "tools/call", report: report), finished: outcome.finished)
    }

    /// Takes a durable call back, whoever made it. One that has ended stays as it is.
    ///
    /// - Returns: Whether there is such a record.
    /// - Throws: ``MCPStoreError`` (`redis`).
    package func cancelTask(_ record: String) async throws(MCPStoreError) -> Bool {
        guard let tasks = backend.durableJobs else { return false }
        return try await storeErrors { () throws(QueueError) in try await tasks.cancel(record) }
    }

    /// What was put into the record of a durable call.
    ///
    /// - Returns: The values, in order; `nil` for each one that is not there.
    /// - Throws: ``MCPStoreError`` (`redis`).
    package func taskFields(_ names: [String], of record: String) async throws(MCPStoreError) -> [ByteBuffer?] {
        guard let tasks = backend.durableJobs else { return names.map { _ in nil } }
        return try await storeErrors { () throws(QueueError) in try await tasks.fields(names, of: record) }
    }

    /// Puts something into the record of a durable call, which lives as long as the record.
    ///
    /// - Returns: Whether there is such a record.
    /// - Throws: ``MCPStoreError`` (`redis`).
    package func setTaskFields(
        _ fields: [(name: String, value: ByteBuffer)],
        of record: String
    ) async throws(MCPStoreError) -> Bool {
        guard let tasks = backend.durableJobs else { return false }
        return try await storeErrors { () throws(QueueError) in try await tasks.set(fields, of: record) }
    }
}
