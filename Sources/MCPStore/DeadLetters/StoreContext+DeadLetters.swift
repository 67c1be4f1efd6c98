import MCPStoreQueue
import NIOCore

extension StoreContext {
    /// Jobs of the space that were given up, newest first, without their arguments.
    ///
    /// - Throws: ``MCPStoreError`` (`redis`); `rejected` without Redis.
    package func deadLetters(_ filter: DeadFilter) async throws(MCPStoreError) -> [DeadLetter] {
        let letters = try letters
        return try await storeErrors { () throws(QueueError) in try await letters.list(filter) }
    }

    /// One of them, with its arguments.
    ///
    /// - Throws: ``MCPStoreError``: `unknownDeadLetter`, `redis`.
    package func deadLetter(_ id: String) async throws(MCPStoreError) -> DeadLetter {
        let letters = try letters
        guard let letter = try await storeErrors({ () throws(QueueError) in try await letters.letter(id) }) else {
            throw Self.noDeadLetter(id)
        }
        return letter
    }

    package static func noDeadLetter(_ id: String) -> MCPStoreError {
        MCPStoreError(.unknownDeadLetter, "there is no dead letter \(id.oneLine.prefix(100)): it was replayed or purged")
    }

    /// Throws letters away.
    ///
    /// - Returns: How many there were.
    package func purgeDeadLetters(_ ids: [String]) async throws(MCPStoreError) -> Int {
        let letters = try letters
        return try await storeErrors { () throws(QueueError) in try await letters.purge(ids) }
    }

    /// Submits the job of a letter anew; the letter is gone then.
    ///
    /// - Returns: The id of the new job, for ``replayAnswer(_:)``.
    /// - Throws: ``MCPStoreError``: `unknownDeadLetter`, `rejected`, `busy`, `notAccepted`, `redis`.
    package func replay(_ id: String, timeout: Duration?) async throws(MCPStoreError) -> String {
        let letters = try letters
        return try await storeErrors { () throws(QueueError) in
            try await letters.replay(id, timeout: timeout.map { Int($0 / .milliseconds(1)) })
        }
    }

    /// The same, and waits for the answer.
    ///
    /// - Throws: ``MCPStoreError``: also what a call throws that ends without an answer.
    package func replayAndWait(_ id: String, timeout: Duration?) async throws(MCPStoreError) -> CallResult {
        let letters = try letters
        let (job, outcome) = try await storeErrors { () throws(QueueError) in
            try await letters.replayAndWait(id, timeout: timeout.map { Int($0 / .milliseconds(1)) })
        }
        return try Self.result(outcome, of: job, now: backend.queue.now)
    }

    /// How a replay ended, for 24 hours after its end.
    ///
    /// - Returns: `nil` while it goes on.
    /// - Throws: ``MCPStoreError``: `unknownDeadLetter` where nothing is known of it; also what a call throws that ends without
    ///   an answer.
    package func replayAnswer(_ job: String) async throws(MCPStoreError) -> CallResult? {
        let letters = try letters
        guard let (service, outcome) = try await storeErrors({ () throws(QueueError) in try await letters.answer(of: job) })
        else {
            throw MCPStoreError(
                .unknownDeadLetter,
                "nothing is known of a replay '\(job.oneLine.prefix(100))': its answer is kept for 24 hours"
            )
        }
        guard let outcome else { return nil }
        let id = ServiceID(space: backend.space, name: service)
        let known = Job(id: job, service: id, name: "replay of a dead letter", parameters: ByteBuffer())
        return try Self.result(outcome, of: known, now: 0)
    }

    private static func result(_ outcome: Outcome, of job: Job, now: Int) throws(MCPStoreError) -> CallResult {
        let report = CallReport(outcome, of: job, service: job.service.name, now: now)
        guard outcome.kind == .ok || outcome.kind == .toolError else {
            throw MCPStoreError(outcome, method: job.method, report: report)
        }
        return CallResult(outcome.payload, isError: outcome.kind == .toolError, report: report)
    }

    private var letters: RedisDeadLetters {
        get throws(MCPStoreError) {
            guard let letters = backend.deadLetters else {
                throw MCPStoreError(.rejected, "a store in memory keeps no dead letters")
            }
            return letters
        }
    }
}
