import Foundation
import MCPStoreQueue
import NIOCore

/// Batches that are uploaded: their calls are queued as they come, and their answers are kept in Redis.
extension StoreContext {
    /// Begins a batch, or goes on with it.
    ///
    /// - Parameter owner: The principal whose batch it is; empty for everybody's.
    /// - Throws: ``MCPStoreError``: `conflict` where there is a batch of this id that is another one, or another's; `redis`;
    ///   `rejected` without Redis; `invalidName`.
    package func openUpload(
        _ id: String,
        _ plan: UploadPlan,
        owner: String,
        visible: @escaping BatchUpload.Visible
    ) async throws(MCPStoreError) -> BatchUpload {
        guard UploadJob.isBatch(id) else {
            throw MCPStoreError(.invalidName, "the id of a batch must be 1 to 100 of A-Z a-z 0-9 . _ -")
        }
        let uploads = try uploaded
        let host = ProcessInfo.processInfo.hostName
        let record = try await storeErrors { () throws(QueueError) in
            try await uploads.open(id, plan: plan.text, owner: owner, host: host, retention: plan.retention)
        }
        guard let record, let upload = record.upload, upload.owner == owner, upload.plan == plan.text else {
            throw MCPStoreError(
                .conflict,
                "there is a batch '\(id)' already, of somebody else or with other options: choose another id"
            )
        }
        return BatchUpload(self, uploads, record, plan, visible: visible)
    }

    /// A batch as it is now, its answers counted; `nil` where there is none.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`); `rejected` without Redis.
    package func countedBatch(_ id: String) async throws(MCPStoreError) -> BatchRecord? {
        guard UploadJob.isBatch(id) else { return nil }
        let uploads = try uploaded
        return try await storeErrors { () throws(QueueError) in try await uploads.count(id) }
    }

    /// Takes back the calls of a batch that was uploaded and have no outcome.
    ///
    /// - Returns: Whether there is such a batch.
    /// - Throws: ``MCPStoreError`` (`redis`): the same again goes on.
    package func cancelUpload(_ id: String) async throws(MCPStoreError) -> Bool {
        let uploads = try uploaded
        return try await storeErrors { () throws(QueueError) in try await uploads.cancel(id) }
    }

    /// Throws away a batch of which no call was taken, by whomever; any other stays.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`).
    package func dropUpload(_ id: String) async throws(MCPStoreError) {
        let uploads = try uploaded
        try await storeErrors { () throws(QueueError) in try await uploads.drop(id) }
    }

    /// Throws away what is kept of a batch that was uploaded.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`).
    package func removeUpload(_ id: String) async throws(MCPStoreError) {
        let uploads = try uploaded
        try await storeErrors { () throws(QueueError) in try await uploads.remove(id) }
    }

    /// Asks calls of a batch again that were not answered with `ok`.
    ///
    /// - Returns: How many are asked again.
    /// - Throws: ``MCPStoreError``: `redis`, `busy` where a lane stays full: the same again goes on.
    package func retryUpload(
        _ record: BatchRecord,
        _ selection: RetrySelection,
        visible: @escaping BatchUpload.Visible
    ) async throws(MCPStoreError) -> Int {
        let uploads = try uploaded
        let plan = UploadPlan(record.upload?.plan ?? "")
        let round = record.round + 1
        let end = ContinuousClock.now + .seconds(600)
        return try await storeErrors { () throws(QueueError) in
            try await uploads.retry(
                record.id,
                round: round,
                retention: plan.retention,
                isMeant: { selection.isMeant($1.kind.rawValue, isSafeToRetry: Self.isSafe($0, $1)) },
                job: { call async throws(QueueError) in
                    let parsed = BatchCall(line: call.text, number: call.index + 1)
                    do throws(MCPStoreError) {
                        return try await uploadedJob(
                            parsed,
                            of: record.id,
                            index: call.index,
                            round: round,
                            plan,
                            visible: visible
                        )
                    } catch {
                        if error.code == .redis || error.code == .closed { throw QueueError(.redis, error.message) }
                        return nil
                    }
                },
                wait: { what, milliseconds async throws(QueueError) in
                    let full = QueueError(.busy, "\(what) stays full: ask again later")
                    guard ContinuousClock.now < end else { throw full }
                    do { try await Task.sleep(for: .milliseconds(min(max(milliseconds, 100), 30_000))) } catch { throw full }
                }
            )
        }
    }

    /// Answers of a batch in the order in which they came, as lines of JSON.
    ///
    /// - Parameter last: Behind which to begin; `0-0`: with the first.
    /// - Returns: The lines, empty at the end of what is there; and where to go on.
    /// - Throws: ``MCPStoreError`` (`redis`).
    package func uploadAnswers(of id: String, after last: String) async throws(MCPStoreError) -> (
        lines: ByteBuffer, last: String, isEnd: Bool
    ) {
        let uploads = try uploaded
        let page = try await storeErrors { () throws(QueueError) in try await uploads.page(of: id, after: last) }
        var buffer = ByteBuffer()
        for answer in page.answers { self.answer(answer).write(to: &buffer) }
        return (buffer, page.last, page.isEnd)
    }

    /// Whether asking a call again does no harm. What it may have done in an earlier round its answer does not say.
    private static func isSafe(_ job: String, _ outcome: Outcome) -> Bool {
        let isNone = outcome.kind.rawValue == "invalid" || outcome.kind.rawValue == "rejected"
        return UploadJob.round(of: job) == 1 && (isNone || outcome.isSafeToRetry)
    }

    private func answer(_ answer: UploadAnswer) -> BatchAnswer {
        var call = BatchCall(rawID: answer.id, tool: "", arguments: ByteBuffer(), service: nil)
        call.number = answer.line
        let outcome = answer.outcome
        if outcome.kind.rawValue == "invalid" || outcome.kind.rawValue == "rejected" {
            let reason = JSONMembers.read(outcome.payload)
            let code = MCPStoreError.Code(description: reason?["kind"]?.stringValue ?? outcome.kind.rawValue)
            let message = reason?["message"]?.stringValue ?? "it is no call"
            return BatchAnswer(call, index: answer.index, outcome: outcome.kind.rawValue, MCPStoreError(code, message))
        }
        let job = Job(
            id: answer.job,
            service: ServiceID(space: backend.space, name: "batch"),
            name: "line \(answer.line)",
            parameters: ByteBuffer()
        )
        let report = CallReport(outcome, of: job, service: "batch", now: 0)
        let isSafe = Self.isSafe(answer.job, outcome)
        guard outcome.kind == .ok || outcome.kind == .toolError else {
            let error = MCPStoreError(outcome, of: "call on line \(answer.line)", report: report)
            return BatchAnswer(call, index: answer.index, .failure(error), isSafe: isSafe)
        }
        let result = CallResult(outcome.payload, isError: outcome.kind == .toolError, report: report)
        return BatchAnswer(call, index: answer.index, .success(result), isSafe: isSafe)
    }

    /// The job of a call.
    ///
    /// - Throws: ``MCPStoreError``: why it cannot be one.
    func uploadedJob(
        _ call: BatchCall,
        of batch: String,
        index: Int,
        round: Int,
        _ plan: UploadPlan,
        visible: BatchUpload.Visible
    ) async throws(MCPStoreError) -> Job {
        if let problem = call.problem { throw problem }
        let (tool, service) = try visible(call)
        let target = try await resolve(tool, service: service)
        if target.takesNoCalls { try await refuse(target) }
        let parameters = try CallParameters.make(tool: target.tool, arguments: call.arguments)
        let running = plan.running > 0 ? plan.running : target.runLimit > 0 ? target.runLimit : target.timeout
        var job = Job(
            id: UploadJob.id(of: batch, index: index, round: round),
            service: target.service,
            lane: .batch,
            name: target.tool,
            parameters: parameters,
            inbox: UploadJob.inbox(of: batch),
            timeout: min(plan.waiting + running, Int(Self.longestTimeout / .milliseconds(1))),
            submitted: backend.queue.now,
            mayRunAgain: target.mayRunAgain,
            toolKey: target.toolKey == target.tool ? "" : target.toolKey,
            waitLimit: plan.waiting,
            runLimit: running
        )
        if target.queueLimit > 0 { job.queueLimit = target.queueLimit }
        if let trace = JobTrace.current { job.trace = trace.field }
        return job
    }

    private var uploaded: RedisUploads {
        get throws(MCPStoreError) {
            guard let uploads = backend.uploads else { throw MCPStoreError(.rejected, "a store without Redis keeps no batches") }
            return uploads
        }
    }
}
