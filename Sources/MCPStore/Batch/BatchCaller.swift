import MCPStoreQueue
import NIOCore

/// Makes one call of a batch, and stays with it until it has an outcome: it waits where the queue is full or Redis is away.
struct BatchCaller: Sendable {
    /// What came of a call.
    enum Ending: Sendable {
        case answered(BatchAnswer)
        /// No outcome, and there will be none in this process: the batch ends.
        case gaveUp(MCPStoreError)
        /// It was never queued, and is not any more: the batch is stopped.
        case dropped
    }

    /// What a call that waits outside, because a lane or the space is full, has to do with its batch.
    struct Outside: Sendable {
        /// Whether nothing is to be queued any more.
        var isStopped: @Sendable () -> Bool
        /// It begins to wait outside, or ceases to.
        var waits: @Sendable (Bool) -> Void
    }

    /// The shortest and the longest pause before a call is tried again.
    private static let pauses = (shortest: Duration.milliseconds(100), longest: Duration.seconds(30))
    /// How often one that waits outside looks whether the batch is stopped.
    private static let look = Duration.milliseconds(250)

    let context: StoreContext
    let options: BatchOptions

    func run(_ call: BatchCall, index: Int, _ outside: Outside) async -> Ending {
        if let problem = call.problem { return .answered(BatchAnswer(call, index: index, .failure(problem))) }
        var attempt = Attempt(call: call, number: call.number ?? index + 1, options: options)
        var awaySince: ContinuousClock.Instant?
        var round = 0
        while true {
            round += 1
            do throws(MCPStoreError) {
                let result = try await make(&attempt)
                return .answered(BatchAnswer(call, index: index, .success(result), record: attempt.record))
            } catch {
                guard !Task.isCancelled || error.call != nil else {
                    attempt.lost(error)
                    return .answered(attempt.answer(error.code == .unknown ? error : attempt.cancelled, index, attempt.record))
                }
                let judgement = Self.judge(error, attempt)
                switch judgement {
                case .final:
                    return .answered(attempt.answer(error, index, attempt.recordIsOver(error)))
                case .ended:
                    return .gaveUp(error)
                case .later:
                    awaySince = nil
                case .away:
                    let since = awaySince ?? .now
                    awaySince = since
                    if .now - since >= options.patience { return .gaveUp(error) }
                    attempt.lost(error)
                }
                // What may be in Redis from before is waited for.
                let isOutside = judgement == .later && !attempt.isInDoubt
                if isOutside { outside.waits(true) }
                await Self.pause(error.retryAfter, round) { isOutside && outside.isStopped() }
                guard isOutside else { continue }
                outside.waits(false)
                if outside.isStopped() { return .dropped }
            }
        }
    }

    /// What is to be done about an error.
    private enum Judgement {
        /// It is the call's outcome.
        case final
        /// The store was closed.
        case ended
        /// The queue is full.
        case later
        /// Redis is away, or nobody can say what became of the call.
        case away
    }

    private static func judge(_ error: MCPStoreError, _ attempt: Attempt) -> Judgement {
        switch error.code {
        case .busy: .later
        case .notAccepted, .redis: .away
        case .unknown: attempt.key == nil || error.isForgotten && !attempt.isHarmless ? .final : .away
        case .closed: .ended
        default: .final
        }
    }

    private func make(_ attempt: inout Attempt) async throws(MCPStoreError) -> CallResult {
        let target = try await context.resolve(attempt.call.tool, service: attempt.call.service)
        let parameters = try CallParameters.make(tool: target.tool, arguments: attempt.call.arguments)
        attempt.aims(at: target)
        if target.takesNoCalls, attempt.mayBeQueued {
            // What became of it before is its answer, and not that it would be refused now.
            do throws(MCPStoreError) { return try await submit(target, parameters, attempt.key, .join) } catch {
                guard error.isForgotten, !attempt.isInDoubt else { throw error }
            }
        }
        return try await submit(target, parameters, attempt.key, attempt.use)
    }

    private func submit(
        _ target: CallTarget,
        _ parameters: ByteBuffer,
        _ key: String?,
        _ use: KeyUse
    ) async throws(MCPStoreError) -> CallResult {
        let running = options.running ?? .milliseconds(target.runLimit > 0 ? target.runLimit : target.timeout)
        let (outcome, report) = try await context.submit(
            target,
            parameters: parameters,
            timeout: min(options.waiting + running, StoreContext.longestTimeout),
            lane: .batch,
            idempotencyKey: key,
            waiting: options.waiting,
            running: running,
            keyUse: use,
            retention: BatchOptions.retention
        )
        return CallResult(outcome.payload, isError: outcome.kind == .toolError, report: report)
    }

    /// Waits as long as the queue says, or longer from time to time; not all that wait try again at one moment.
    private static func pause(_ retryAfter: Duration?, _ round: Int, unless isStopped: () -> Bool) async {
        let wait = retryAfter ?? pauses.shortest * (1 << min(round, 6))
        let bounded = min(max(wait, pauses.shortest), pauses.longest)
        let end = ContinuousClock.now + bounded * Double.random(in: 1...1.5)
        while .now < end, !isStopped() {
            do { try await Task.sleep(for: min(look, end - .now)) } catch { return }
        }
    }
}

extension BatchCaller {
    /// A call on its way: where it goes and what its key may be used for.
    struct Attempt {
        let call: BatchCall
        let key: String?
        private(set) var use = KeyUse.once
        private(set) var isHarmless = false
        private(set) var record: String?
        /// Whether it may be in Redis although that does not say so.
        private(set) var isInDoubt: Bool

        init(call: BatchCall, number: Int, options: BatchOptions) {
            self.call = call
            key = options.key(of: number)
            isInDoubt = call.isDoubtful
        }

        mutating func aims(at target: CallTarget) {
            isHarmless = target.mayRunAgain
            record = key.map { Job.record(service: target.service.name, method: Job.usualMethod, name: target.tool, key: $0) }
            guard key != nil else {
                use = .again
                return
            }
            use = !isInDoubt ? .once : isHarmless ? .again : .join
        }

        /// Nobody can say what became of it. Its key finds the run if there was one.
        mutating func lost(_ error: MCPStoreError) {
            if error.code == .unknown { isInDoubt = true }
        }

        /// Whether an earlier command may have queued it.
        var mayBeQueued: Bool { isInDoubt || key != nil && call.mayBeQueued }

        /// How a call ends whose batch is cancelled before anything is known of it.
        var cancelled: MCPStoreError {
            guard mayBeQueued else { return MCPStoreError(.cancelled, "the batch was cancelled before the call was queued") }
            return MCPStoreError(
                .unknown,
                "the batch was cancelled before it was known whether the call had been queued: it may have run"
            )
        }

        /// Whether making it again does no harm.
        private func isSafe(_ error: MCPStoreError) -> Bool {
            if isHarmless { return true }
            guard !call.mayHaveRunBefore else { return false }
            if let call = error.call { return call.isSafeToRetry }
            return !mayBeQueued && (error.isSafeToRetry || error.code == .cancelled)
        }

        /// - Parameter record: What may be deleted once the answer is kept.
        func answer(_ error: MCPStoreError, _ index: Int, _ record: String?) -> BatchAnswer {
            BatchAnswer(call, index: index, .failure(error), record: record, isSafe: isSafe(error))
        }

        /// The record, where the outcome is the one that it holds.
        func recordIsOver(_ error: MCPStoreError) -> String? { error.call == nil ? nil : record }
    }
}
