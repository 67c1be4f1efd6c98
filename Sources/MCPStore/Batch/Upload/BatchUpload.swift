import Foundation
import MCPStoreQueue
import NIOCore

/// Takes the calls of one upload into a batch: as many at a time as the lanes have room for. It waits where they are full, and whoever
/// sends the calls waits with it.
package struct BatchUpload: Sendable {
    /// Calls, and bytes of them, that are queued in one step.
    private static let step = (calls: 100, bytes: 512 << 10)
    /// The most calls of one batch: its answers are kept in Redis.
    package static let mostCalls = 1_000_000
    /// Bytes of what a caller calls a call: many of them are read at once.
    private static let longestID = 1024
    /// How long a lane may be full at a stretch. Then the upload ends with an error, and may be sent again.
    private static let patience = Duration.seconds(600)
    /// How long Redis may be away. Then likewise.
    private static let absence = Duration.seconds(30)

    /// What the caller may call: it gets a call, and gives it back by the name by which it is meant.
    package typealias Visible = @Sendable (BatchCall) throws(MCPStoreError) -> (tool: String, service: String?)

    let context: StoreContext
    let uploads: RedisUploads
    /// The batch as it was when it was opened.
    package let record: BatchRecord
    let plan: UploadPlan
    let visible: Visible

    /// Calls that are taken, of this upload and of earlier ones.
    package private(set) var taken: Int
    private var calls: [UploadCall] = []
    private var bytes = 0

    init(_ context: StoreContext, _ uploads: RedisUploads, _ record: BatchRecord, _ plan: UploadPlan, visible: @escaping Visible)
    {
        self.context = context
        self.uploads = uploads
        self.record = record
        self.plan = plan
        self.visible = visible
        taken = record.upload?.accepted ?? 0
    }

    /// Reads all calls and takes those that were not taken before.
    ///
    /// - Returns: How many calls the batch has.
    /// - Throws: ``MCPStoreError``: `conflict` where the calls are not those with which the batch began, or it was cancelled meanwhile, `invalidArguments`
    ///   where there are too many or the first one is none, `busy`, `redis`; and what reading throws. What was taken stays taken.
    package mutating func run(_ reader: inout BatchCallReader) async throws -> Int {
        let before = taken
        var read = 0
        while read < before {
            guard try await reader.next() != nil else { break }
            read += 1
        }
        if before > 0 {
            let upload = record.upload
            guard read == before, reader.line >= upload?.lines ?? 0, reader.digest == upload?.digest || upload?.isClosed == true
            else {
                throw Self.changed(record.id, before)
            }
        }
        if record.upload?.isClosed == true { return try await verifyRest(&reader) }
        while let call = try await reader.next() {
            guard taken + calls.count < Self.mostCalls else {
                throw MCPStoreError(
                    .invalidArguments,
                    "a batch has at most \(Self.mostCalls) calls: upload the others as another one"
                )
            }
            if taken + calls.count == 0 { try await check(first: call) }
            let prepared = try await prepare(call)
            bytes += call.arguments.readableBytes + 200
            calls.append(prepared)
            if calls.count >= min(Self.step.calls, uploads.mostTogether) || bytes >= Self.step.bytes {
                try await take(reader, isLast: false)
            }
        }
        guard taken + calls.count > 0 else {
            throw MCPStoreError(.invalidArguments, "there are no calls: a batch has one a line")
        }
        try await take(reader, isLast: true)
        return taken
    }

    /// A batch that is complete: the same calls again change nothing, others are none of it.
    private func verifyRest(_ reader: inout BatchCallReader) async throws -> Int {
        guard try await reader.next() == nil, record.isCancelling || reader.digest == record.upload?.digest else {
            throw Self.changed(record.id, taken)
        }
        return taken
    }

    private static func changed(_ id: String, _ calls: Int) -> MCPStoreError {
        MCPStoreError(
            .conflict,
            "the calls are not those with which batch \(id) began: its first \(calls) are taken; send the same, or begin another batch"
        )
    }

    /// The first call says whether it is a file of calls at all, and whether this is the space that is meant.
    private func check(first call: BatchCall) async throws(MCPStoreError) {
        if let problem = call.problem { throw problem }
        do throws(MCPStoreError) {
            let (tool, service) = try visible(call)
            _ = try await context.callableTool(tool, service: service)
        } catch {
            guard [.unknownTool, .ambiguousTool, .rejected].contains(error.code) else { throw error }
            throw MCPStoreError(error.code, "nothing was called: line \(call.number ?? 1): \(error.message)")
        }
    }

    // MARK: Calls

    /// What becomes of a call: a job, or an answer where it is none.
    private func prepare(_ call: BatchCall) async throws(MCPStoreError) -> UploadCall {
        let line = call.number ?? 0
        let index = taken + calls.count
        var call = call
        if call.rawID.readableBytes > Self.longestID {
            let most = "the id has more than the \(Self.longestID) bytes that one of an upload may have"
            call.rawID = ByteBuffer(string: "null")
            call.problem = MCPStoreError(.invalidArguments, "line \(line): \(most)")
        }
        let text = call.problem == nil ? call.line : ByteBuffer()
        do throws(MCPStoreError) {
            let job = try await context.uploadedJob(call, of: record.id, index: index, round: 1, plan, visible: visible)
            return UploadCall(line: line, id: call.rawID, text: text, fate: .job(job))
        } catch {
            guard ![.redis, .closed, .busy].contains(error.code) else { throw error }
            let outcome = error.code == .rejected ? "rejected" : "invalid"
            let reason: JSONValue = ["kind": .string(error.code.description), "message": .string(error.message)]
            return UploadCall(line: line, id: call.rawID, text: text, fate: .answer(outcome: outcome, reason: reason.buffer))
        }
    }

    /// Queues what was read.
    private mutating func take(_ reader: BatchCallReader, isLast: Bool) async throws {
        let end = ContinuousClock.now + Self.patience
        let away = ContinuousClock.now + Self.absence
        while true {
            let (uploads, calls, taken, id, retention) = (uploads, calls, taken, record.id, plan.retention)
            let (line, digest) = (reader.line, reader.digest)
            let taking: RedisUploads.Taking
            do throws(MCPStoreError) {
                taking = try await context.storeErrors { () throws(QueueError) in
                    try await uploads.take(
                        calls,
                        of: id,
                        after: taken,
                        lines: (line, digest),
                        isLast: isLast,
                        retention: retention
                    )
                }
            } catch {
                // They may be there or not: the same again tells.
                guard error.code == .redis, ContinuousClock.now < away else { throw error }
                try await Task.sleep(for: .milliseconds(250))
                continue
            }
            switch taking {
            case .accepted(let count): return accepted(count)
            // The reply was lost: they are there.
            case .at(taken + calls.count, digest) where !calls.isEmpty && !isLast: return accepted(taken + calls.count)
            case .at:
                throw MCPStoreError(.conflict, "another upload of batch \(id) goes on: wait for it, or cancel the batch")
            case .closed(let count, let known):
                if isLast, count == taken + calls.count, known == digest { return accepted(count) }
                throw MCPStoreError(.conflict, "batch \(id) was cancelled: \(count.counted("call")) of it had been taken")
            case .gone: throw MCPStoreError(.unknownBatch, "batch \(id) was removed")
            case .noService(let name): try await drop(service: name)
            case .busy(let what, let milliseconds):
                guard ContinuousClock.now < end else {
                    var error = MCPStoreError(
                        .busy,
                        "\(what) stays full: send the same calls again later"
                    )
                    error.retryAfter = .milliseconds(milliseconds)
                    throw error
                }
                try await Task.sleep(for: .milliseconds(min(max(milliseconds, 100), 30_000)))
            }
        }
    }

    private mutating func accepted(_ count: Int) {
        taken = count
        calls = []
        bytes = 0
    }

    /// A service was removed meanwhile: what is known of the space is old.
    private mutating func drop(service: String) async throws(MCPStoreError) {
        context.follower.readAnew()
        let reason: JSONValue = ["kind": "rejected", "message": .string("there is no service '\(service)' any more")]
        for index in calls.indices {
            guard case .job(let job) = calls[index].fate, job.service.name == service else { continue }
            calls[index].fate = .answer(outcome: "rejected", reason: reason.buffer)
        }
    }
}
