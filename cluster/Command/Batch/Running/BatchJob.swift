import Foundation
import Glibc
import MCPStore
import MCPStoreQueue
import NIOConcurrencyHelpers

/// What is known of a batch in its space.
typealias BatchStatus = BatchRecord.Status

/// Runs a batch: takes answers, writes them, keeps the journal, and says in Redis how far it has come.
final class BatchJob: Sendable {
    /// Between two looks at what is to be shown, and after how many of them the answers are synced and Redis is told.
    private static let look = Duration.milliseconds(250)
    private static let looksPerReport = 4
    /// How long what is in flight is waited for after Ctrl-C.
    static let grace = Duration.seconds(10)
    /// How often a command elsewhere may be found alive that seemed to be gone.
    private static let mostClaims = 3

    private struct State {
        var outcomes: [String: Int]
        var safe: Int
        var answered = 0
        /// Whether it was told to stop, and whether it was cancelled.
        var isStopping = false
        var isCancelled = false
        /// When the record in Redis was made, ms.
        var record: Int
        var failure: (any Error)?
        /// Bytes of answers that are on the disk, where the journal does not say so yet.
        var synced: Int?
        /// Records of their calls, which are still in Redis.
        var unforgotten: [String] = []
    }

    /// More are left to expire.
    private static let mostUnforgotten = 100_000

    private let plan: BatchPlan
    private let round: Int
    /// The name of this life of the batch, and of those that it goes on with.
    private let life: String
    /// Whether a command with other files has worked on the batch: who locks the same files is known to be gone, one elsewhere may only be
    /// frozen.
    private let followsOthers: Bool
    private let earlier: [String]
    /// When Redis last confirmed that nobody else goes on with the batch: ``ServerClock/boot()``.
    private let confirmed = NIOLockedValueBox(0)
    private let context: StoreContext
    private let journal: BatchJournal?
    private let output: AnswerFile
    private let feed: BatchFeed
    private let run: BatchRun
    private let state: NIOLockedValueBox<State>
    private let start = ContinuousClock.now

    /// - Parameters:
    ///   - outcomes: Of the answers that the file holds already.
    ///   - safe: Those of them that are not `ok`, and whose calls may be made again without harm.
    ///   - record: When the batch's record in Redis was made; 0 where there is none yet.
    ///   - earlier: The commands that have worked on it.
    /// - Throws: ``MCPStoreError`` (`invalidArguments`).
    init(
        _ plan: BatchPlan,
        round: Int,
        context: StoreContext,
        journal: BatchJournal?,
        output: AnswerFile,
        feed: BatchFeed,
        outcomes: [String: Int],
        safe: Int,
        record: Int,
        earlier: [String]
    ) throws {
        self.earlier = earlier
        let files = "." + (journal?.identity ?? "-")
        life = String(UInt64.random(in: .min ... .max), radix: 36) + files
        followsOthers = earlier.contains { !$0.hasSuffix(files) }
        self.plan = plan
        self.round = round
        self.context = context
        self.journal = journal
        self.output = output
        self.feed = feed
        run = try context.makeBatch(plan.options(round: round))
        state = NIOLockedValueBox(State(outcomes: outcomes, safe: safe, record: record))
    }

    /// Reads no more, and ends when what is in flight is answered, or after ``grace``.
    func stop() {
        feed.stop()
        let isFirst = state.withLockedValue { state in
            defer { state.isStopping = true }
            return !state.isStopping
        }
        guard isFirst else { return }
        run.stopQueueing()
        // Not only when the next look is over, which may wait for Redis.
        Task { [run] in
            do { try await Task.sleep(for: Self.grace) } catch { return }
            run.leave()
        }
        let inFlight = run.inFlight
        let waits =
            ": waiting up to \(Self.grace.shortText) for \(inFlight.counted("call")) in flight; Ctrl-C again leaves at once"
        Console.shared.note("mcpstore: stopping" + (inFlight > 0 ? waits : ""))
    }

    /// Runs it to its end.
    ///
    /// - Returns: How it ended; also where it was stopped or cancelled.
    /// - Throws: ``CommandFailure``, ``MCPStoreError``: what it cannot go on without. What was answered is kept.
    func work() async throws -> BatchSummary {
        // Before anything is submitted it is known by which record one tells that Redis has forgotten.
        try await journal?.append(["run": .string(life)])
        try await claim()
        let looking = Task { await self.look() }
        var failure: (any Error)?
        do {
            let calls = feed.map { call in
                try await self.confirm()
                return call
            }
            run.start(calls)
            while let answer = try await run.next() {
                let forgets = !followsOthers || !feed.mayBeSentAgain(answer.number)
                try await output.append(answer, isLast: !run.hasReady, forgetsRecord: forgets)
                state.withLockedValue { state in
                    state.outcomes[answer.outcome, default: 0] += 1
                    if !answer.isOK, answer.isSafeToRetry { state.safe += 1 }
                    state.answered += 1
                }
            }
        } catch {
            failure = error
            // Nobody takes what is in flight back: its outcome is found in Redis when the batch goes on.
            run.leave()
        }
        looking.cancel()
        await looking.value
        let (outcomes, safe, answered, isCancelled, stopped) = state.withLockedValue {
            ($0.outcomes, $0.safe, $0.answered, $0.isCancelled, $0.failure)
        }
        failure = failure ?? stopped
        let status: BatchStatus =
            failure == nil && feed.isAtEnd && run.unanswered == 0 && !isCancelled
            ? .finished : isCancelled ? .cancelled : .stopped
        do {
            try await sync()
            if status == .finished { try await journal?.append(["finished": true]) }
        } catch {
            failure = failure ?? error
        }
        do { _ = try await context.report(record(status), run: life) } catch {
            // Redis is away: that there is no news says that the command has ended.
        }
        if let failure { throw failure }
        return BatchSummary(
            plan: plan,
            status: status,
            outcomes: outcomes,
            safe: safe,
            answered: answered,
            took: .now - start
        )
    }

    // MARK: Beside the answers

    private func look() async {
        var progress = BatchProgress()
        defer { progress.finish() }
        var looks = 0
        while !Task.isCancelled {
            show(&progress)
            looks += 1
            do {
                if looks % Self.looksPerReport == 0 {
                    try await sync()
                    try await report()
                }
                leaveWhenStopped()
                try await Task.sleep(for: Self.look)
            } catch let failure as CommandFailure {
                // The disk does not take answers or the journal: no use to ask for more.
                state.withLockedValue { $0.failure = failure }
                return run.leave()
            } catch let error as MCPStoreError where error.code == .conflict {
                state.withLockedValue { $0.failure = error }
                return run.leave()
            } catch {
                // Redis is away: the calls themselves notice, and know for how long.
                do { try await Task.sleep(for: Self.look) } catch { return }
            }
        }
    }

    private func show(_ progress: inout BatchProgress) {
        let (outcomes, isStopping, isCancelled) = state.withLockedValue { ($0.outcomes, $0.isStopping, $0.isCancelled) }
        let answered = outcomes.values.reduce(0, +)
        let note = isCancelled ? "cancelled" : isStopping ? "stopping, \(run.inFlight.grouped) in flight" : nil
        progress.show(
            answered: answered,
            failed: answered - outcomes["ok", default: 0],
            total: feed.total,
            isEstimate: !feed.isAtEnd,
            note: note
        )
    }

    /// Answers are on the disk before what Redis keeps of their calls is deleted.
    private func sync() async throws {
        if let (bytes, records) = try await output.sync() {
            state.withLockedValue { state in
                state.synced = bytes
                if state.unforgotten.count < Self.mostUnforgotten { state.unforgotten += records }
            }
        }
        do throws(MCPStoreError) {
            for call in feed.takeKept() {
                guard let record = try await context.recordID(of: call, plan.options(round: round)) else { continue }
                state.withLockedValue { $0.unforgotten.append(record) }
            }
            let records = state.withLockedValue { $0.unforgotten }
            try await context.forgetCalls(records)
            state.withLockedValue { $0.unforgotten.removeFirst(records.count) }
        } catch {
            // With the next ones.
            return
        }
        guard let synced = state.withLockedValue({ $0.synced.take() }) else { return }
        try journal?.note(["synced": .integer(synced)])
    }

    /// Whoever was stopped for a while, with all of its machine perhaps, asks before it goes on: the batch may have been gone on with
    /// elsewhere, and what was answered there is not to be asked again.
    private func confirm() async throws {
        guard ServerClock.boot() - confirmed.withLockedValue({ $0 }) > RedisBatches.confidence * 1000 else { return }
        do { try await report() } catch let error as MCPStoreError where error.code != .conflict {
            // Where Redis is away the call itself notices.
        }
    }

    /// Says that this command goes on with the batch from now on.
    private func claim() async throws {
        for _ in 0..<Self.mostClaims {
            let wait = try await report(after: earlier)
            if wait == 0 { return }
            Console.shared.note("mcpstore: another command has just worked on this batch: waiting for it to be gone")
            try await Task.sleep(for: .milliseconds(wait + 50))
        }
        throw CommandFailure(
            status: .usage,
            message: "another command works on this batch, with other files: mcpstore batch show \(plan.id) says where"
        )
    }

    /// - Returns: In how many milliseconds to ask again; 0 where it was said.
    @discardableResult
    private func report(after earlier: [String] = []) async throws -> Int {
        let asked = ServerClock.boot()
        let (created, isCancelling, wait) = try await context.report(record(.running), run: life, after: earlier)
        guard wait == 0 else { return wait }
        confirmed.withLockedValue { $0 = asked }
        let before = state.withLockedValue { state in
            defer { state.record = created }
            return state.record
        }
        if before != created {
            // Data of Redis was deleted: what was in flight may have run, and nobody knows.
            let doubtful = before == 0 ? 0 : feed.lostRecords()
            try await journal?.append(["record": .integer(created), "doubtful": .integer(doubtful)])
        }
        guard isCancelling, !state.withLockedValue({ $0.isCancelled }) else { return 0 }
        state.withLockedValue { $0.isCancelled = true }
        feed.stop()
        run.cancel()
        return 0
    }

    /// Who reads a pipe hears of the stop with the next line only.
    private func leaveWhenStopped() {
        if state.withLockedValue({ $0.isStopping }), run.inFlight == 0 { run.leave() }
    }

    private func record(_ status: BatchStatus) -> BatchRecord {
        var record = BatchRecord(id: plan.id)
        record.status = status
        record.host = ProcessInfo.processInfo.hostName
        record.process = Int(getpid())
        record.input = plan.input
        record.output = plan.output
        record.agent = plan.agent ?? ""
        record.read = feed.calls
        record.total = feed.isAtEnd ? feed.calls : 0
        record.outcomes = state.withLockedValue { $0.outcomes }
        record.round = round
        return record
    }
}
